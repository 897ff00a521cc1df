export type { OpenSerialLine, SerialLine, SerialListener } from "./line.ts";
