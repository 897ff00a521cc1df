/** Boards put together from hal and sim. The virtual one is loaded from ./virtual/index.ts by whoever starts one. */
export * from "./board.ts";
export * from "./flash.ts";
export * from "./running-car.ts";
export * from "./socket.ts";
