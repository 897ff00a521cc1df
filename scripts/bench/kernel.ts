import { RigFailure, runKernelRig } from "../hil/kernel/index.ts";
import { figure, type Figure } from "./figure.ts";

/**
 * Unlocks on the kernel's own Bluetooth stack in a guest (the kernel rig of `npm run hil`), over bare round trips on the same rig. An
 * emulated processor, so shown and not judged.
 */
export async function benchKernel(): Promise<readonly Figure[]> {
  const measured = new Map<string, { readonly ms: number; readonly n: number }>();
  const say = (line: string): void => {
    const found = /FIGURE (\w+) ([0-9.]+) ([0-9]+)/.exec(line);
    if (found === null) process.stderr.write(`${line}\n`);
    else measured.set(found[1]!, { ms: Number(found[2]), n: Number(found[3]) });
  };
  try {
    if (!(await runKernelRig(say, "latency"))) return [];
  } catch (fault) {
    if (!(fault instanceof RigFailure)) throw fault;
    process.stderr.write(`not measured: ${fault.message}\n`);
    return [];
  }
  const of = (name: string): { readonly ms: number; readonly n: number } => measured.get(name)!;
  const roundTripMs = of("roundtrip").ms;
  return [
    figure("kernel.reach", of("reach").ms, "ms to find, connect and discover", of("reach").n),
    figure("kernel.roundtrip", roundTripMs, "ms for a bare request and its answer", of("roundtrip").n),
    figure("unlock.kernel.warm", of("warm").ms, "ms after discovery, over one round trip", of("warm").n, roundTripMs),
    figure("unlock.kernel.cold", of("cold").ms, "ms after discovery, over two round trips", of("cold").n, 2 * roundTripMs),
  ];
}
