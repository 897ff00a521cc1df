export * from "./people.ts";
export * from "./wired-car.ts";
export * from "./wired-key.ts";
export * from "./wired-tesla.ts";
