export * from "./entry.ts";
export * from "./chain-head.ts";
export * from "./lines.ts";
export * from "./audit-chain.ts";
export * from "./verify.ts";
export * from "./signed-head.ts";
