export type { OpenSerialLine, SerialLine, SerialListener } from "./line.ts";
export { SERIAL_PACKAGE, serialFault, type SerialFault } from "./load.ts";
export { openSerialLine, REOPEN_FIRST_MS, REOPEN_LONGEST_MS, WRITE_BACKLOG_BYTES_MAX, type SerialLineOptions, type SerialPortLike } from "./reopening-line.ts";
export { SYSTEM_TIMER, type Timer } from "./timer.ts";
