import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { DEFAULT_DRIVER, type BluetoothDriver } from "../../../hal/ble/index.ts";
import { buildInitramfs, writeJob, type Suite } from "./initramfs.ts";
import { buildTeslaControl } from "../tesla-control.ts";
import { prepareParts, type GuestParts } from "./packages.ts";

export { RigFailure } from "./shell.ts";

/** An emulated processor takes five minutes on an idle machine. */
const BUDGET_MS = 12 * 60_000;
const ATTEMPT_COUNT_MAX = 2;

/**
 * The acceptance on the kernel's own Bluetooth stack: a guest in QEMU with two emulated controllers, noble in one process and bleno in
 * another, on this machine's files, mounted read-only. One retry, both reported. True where an attempt passed.
 */
export async function runKernelRig(say: (text: string) => void, suite: Suite = "whole", driver: BluetoothDriver = DEFAULT_DRIVER): Promise<boolean> {
  const parts = prepareParts(say);
  const [initramfs, job] = [buildInitramfs(parts), writeJob(parts, suite, driver, suite === "latency" ? undefined : buildTeslaControl())];
  for (let attempt = 1; attempt <= ATTEMPT_COUNT_MAX; attempt++) {
    const startMs = performance.now();
    const { code, why } = await boot({ parts, initramfs, job, say });
    const seconds = Math.round((performance.now() - startMs) / 1000);
    say(code === 0 ? `attempt ${attempt} passed in ${seconds} s` : `attempt ${attempt} failed after ${seconds} s: ${why}`);
    if (code === 0) return true;
  }
  return false;
}

interface Machine {
  readonly parts: GuestParts;
  readonly initramfs: string;
  readonly job: string;
  readonly say: (text: string) => void;
}

function boot({ parts, initramfs, job, say }: Machine): Promise<{ readonly code: number | undefined; readonly why: string }> {
  return new Promise((resolve) => {
    const child = spawn("qemu-system-x86_64", [
      ...accelerator(), "-M", "q35", "-smp", "2", "-m", "1024", "-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio", "-no-reboot",
      "-kernel", parts.kernel, "-initrd", initramfs,
      "-append", `console=ttyS0 quiet panic=-1 mitigations=off cryptomgr.notests job=${job}`,
      "-fsdev", "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap", "-device", "virtio-9p-pci,fsdev=host,mount_tag=hostroot",
    ], { stdio: ["ignore", "pipe", "pipe"] });
    let code: number | undefined;
    let why = "the guest ended without a word";
    const timer = setTimeout(() => {
      why = `it took longer than its ${BUDGET_MS / 60_000} minutes`;
      child.kill("SIGKILL");
    }, BUDGET_MS);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const ended = /^GUEST ended with ([0-9]+)/.exec(line);
      if (ended === null) return say(line);
      code = Number(ended[1]);
      why = `the acceptance ended with ${code}`;
    });
    child.stderr.on("data", (chunk: Buffer) => say(chunk.toString().trim()));
    child.on("error", (error) => (why = error.message));
    child.on("close", () => {
      clearTimeout(timer);
      resolve({ code, why });
    });
  });
}

/** The processor's own virtualisation only where it really has it: a /dev/kvm that opens is no proof, and a stock kernel may hang on it. */
function accelerator(): readonly string[] {
  const hasVirtualisation = /^flags\s*:.*\b(vmx|svm)\b/m.test(readFileSync("/proc/cpuinfo", "utf8"));
  return hasVirtualisation ? ["-accel", "kvm", "-accel", "tcg", "-cpu", "max"] : ["-accel", "tcg,thread=multi", "-cpu", "max"];
}
