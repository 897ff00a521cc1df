export { DEBOUNCE_MS, GpioInputs, RESTART_FIRST_MS, type InputListener, type InputOptions } from "./inputs.ts";
export { GpioOutputs, type OutputListener, type OutputOptions } from "./outputs.ts";
export { findChip, findGpioTools, PI_CHIP_LABELS, type GpioFault, type GpioTools, type LineRequest, type Pull } from "./tools.ts";
