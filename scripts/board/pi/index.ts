export type { OpenDevice } from "./device.ts";
export { openGps } from "./gps.ts";
export { inputListener, openInputs } from "./inputs.ts";
export { PiBoard, type PiBoardOptions } from "./pi-board.ts";
export { openReaders, type PiReaders } from "./readers.ts";
export { openRelays } from "./relays.ts";
export { RTC_PATH, rtcDevice } from "./rtc.ts";
