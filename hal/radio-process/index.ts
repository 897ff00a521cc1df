/** A radio in a process of its own, which speaks the socket radio's framing to the car. */
export * from "./bridge.ts";
export * from "./supervisor.ts";
