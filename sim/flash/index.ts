export * from "./operations.ts";
export * from "./sim-flash.ts";
export * from "./survivors.ts";
export { PowerCut } from "./power-cut.ts";
