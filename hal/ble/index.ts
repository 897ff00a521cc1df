/** What both ends of a Bluetooth LE link agree on: the service, its characteristics and the advertisement. */
export * from "./advertisement.ts";
export * from "./identifiers.ts";
