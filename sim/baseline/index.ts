export * from "./controller.ts";
export * from "./phone.ts";
export * from "./settings.ts";
