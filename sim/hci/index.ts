/** Virtual Bluetooth LE controllers for real host stacks: noble and bleno run on them unmodified. */
export { HciAir, type Overheard } from "./air.ts";
export { ADVERTISING, ADDRESS_TYPE, EVENT, LE_EVENT, OPCODE, PACKET, ROLE, STATUS } from "./codes.ts";
export { HciController, type ControllerOptions } from "./controller.ts";
export { schedulerOf, type Scheduler } from "./scheduler.ts";
export { DEFAULT_HCI_AIR, type HciAirSettings } from "./settings.ts";
