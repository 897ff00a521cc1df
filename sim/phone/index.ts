export * from "./tesla-phone.ts";
export * from "./connection.ts";
export * from "./phone.ts";
export * from "./search.ts";
