export * from "./trusted-time.ts";
