export * from "./connection.ts";
export * from "./phone.ts";
export * from "./search.ts";
