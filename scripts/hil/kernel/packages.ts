import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { has, RigFailure, sh } from "./shell.ts";

/** Programs that make and run the guest, and the Debian packages that have them. */
const TOOLS: Readonly<Record<string, string>> = { "qemu-system-x86_64": "qemu-system-x86", busybox: "busybox-static", cpio: "cpio", depmod: "kmod", xz: "xz-utils" };

/** What the guest is made of. */
export interface GuestParts {
  /** A folder for what is built from them. */
  readonly folder: string;
  readonly kernel: string;
  /** The folder with `modules.dep`. */
  readonly modules: string;
  readonly btvirt: string;
}

/** The distribution's own kernel and BlueZ's emulator of controllers, downloaded and unpacked, not installed; tools are installed where missing. */
export function prepareParts(say: (text: string) => void): GuestParts {
  if (process.platform !== "linux" || process.arch !== "x64") throw new RigFailure(`the kernel rig runs on Linux on x64; this is ${process.platform} on ${process.arch}`);
  if (!has("apt-get")) throw new RigFailure("the kernel rig takes its kernel from Debian's packages: run it on a machine with apt-get");
  installTools(say);
  const kernelPackage = kernelPackageName();
  const folder = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "latchkey", "hil", kernelPackage);
  mkdirSync(folder, { recursive: true });
  for (const name of [kernelPackage, "bluez-test-tools"]) {
    const unpacked = join(folder, name);
    if (existsSync(unpacked)) continue;
    say(`downloading ${name} ...`);
    sh("apt-get", ["download", name], { cwd: folder });
    const deb = readdirSync(folder).find((file) => file.startsWith(`${name}_`) && file.endsWith(".deb"));
    sh("dpkg-deb", ["-x", deb!, `${name}.part`], { cwd: folder });
    sh("mv", [`${name}.part`, name], { cwd: folder });
  }
  const release = readdirSync(join(folder, kernelPackage, "lib", "modules"))[0]!;
  sh("depmod", ["-b", join(folder, kernelPackage), release]);
  return {
    folder,
    kernel: join(folder, kernelPackage, "boot", `vmlinuz-${release}`),
    modules: join(folder, kernelPackage, "lib", "modules", release),
    btvirt: join(folder, "bluez-test-tools", "usr", "bin", "btvirt"),
  };
}

function installTools(say: (text: string) => void): void {
  const missing = Object.keys(TOOLS).filter((tool) => !has(tool)).map((tool) => TOOLS[tool]!);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) throw new RigFailure(`these are missing: sudo apt-get install --no-install-recommends ${missing.join(" ")}`);
  say(`installing ${missing.join(", ")} ...`);
  sh("apt-get", ["update", "-qq"]);
  sh("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...missing]);
}

/** What the distribution's current kernel is called today. */
function kernelPackageName(): string {
  const depends = (): string | undefined => /linux-image-[0-9][^\s,(]*-amd64/.exec(sh("apt-cache", ["depends", "linux-image-amd64"]))?.[0];
  let name: string | undefined;
  try {
    name = depends();
  } catch {
    if (process.getuid?.() !== 0) throw new RigFailure("the lists of packages are missing: sudo apt-get update");
  }
  if (name === undefined) {
    sh("apt-get", ["update", "-qq"]);
    name = depends();
  }
  if (name === undefined) throw new RigFailure("apt knows no linux-image-amd64: the kernel rig needs Debian's packages");
  return name;
}
