export * from "./maker.ts";
export * from "./mechanics.ts";
export * from "./mischief.ts";
export * from "./pacemaker.ts";
export * from "./virtual-board.ts";
