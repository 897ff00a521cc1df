/** What both ends of a Bluetooth LE link agree on: the service, its characteristics and the advertisement; and who drives the adapter. */
export * from "./advertisement.ts";
export * from "./driver.ts";
export * from "./identifiers.ts";
