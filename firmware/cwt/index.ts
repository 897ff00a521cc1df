export * from "./claims.ts";
export * from "./grant.ts";
