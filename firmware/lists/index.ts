export * from "./revocation-list.ts";
