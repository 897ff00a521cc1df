export * from "./value.ts";
export * from "./encode.ts";
export * from "./decode.ts";
