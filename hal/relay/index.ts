export { ATTEMPTS_MAX, PULSE_MS_MAX, RELEASE_AGAIN_MS, RelayBoard, type RelayBoardOptions } from "./board.ts";
export type { RelayChannels, RelayListener } from "./channels.ts";
export { kmtronic } from "./kmtronic.ts";
export { LCUS } from "./lcus.ts";
export { modbus, modbusCrc } from "./modbus.ts";
export type { ChannelState, RelayProtocol } from "./protocol.ts";
export { RelayLatches, type RelayLatchWiring } from "./relay-latch.ts";
