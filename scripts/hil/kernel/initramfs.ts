import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { BluetoothDriver } from "../../../hal/ble/index.ts";
import { packagePath } from "../../cli/package-file.ts";
import type { GuestParts } from "./packages.ts";
import { sh } from "./shell.ts";

/** Modules by name; what they need comes before them. */
const MODULES = ["virtio_pci", "9pnet_virtio", "9p", "cmac", "ecb", "algif_skcipher", "algif_hash", "bluetooth", "hci_vhci"];
const APPLETS = ["sh", "mount", "insmod", "chroot", "poweroff", "cat", "echo", "ip"];

/** The guest's first file system, two megabytes: busybox, modules, and an init that mounts the host's files read-only. */
export function buildInitramfs(parts: GuestParts): string {
  const root = join(parts.folder, "initramfs");
  rmSync(root, { recursive: true, force: true });
  for (const name of ["bin", "lib", "proc", "sys", "dev", "mnt"]) mkdirSync(join(root, name), { recursive: true });
  copyFileSync(sh("sh", ["-c", "command -v busybox"]).trim(), join(root, "bin", "busybox"));
  for (const applet of APPLETS) symlinkSync("busybox", join(root, "bin", applet));
  for (const [index, module] of inOrder(parts.modules).entries()) copyModule(join(parts.modules, module), join(root, "lib", `${String(index).padStart(3, "0")}-${basename(module).replace(/\.xz$/, "")}`));
  copyFileSync(packagePath("scripts", "hil", "kernel", "init.sh"), join(root, "init"));
  chmodSync(join(root, "init"), 0o755);
  const image = join(parts.folder, "initramfs.gz");
  sh("sh", ["-c", `find . | cpio -o -H newc --quiet | gzip -1 > ${JSON.stringify(image)}`], { cwd: root });
  return image;
}

/** Paths of {@link MODULES} and all they need, deepest first. Those that are built into the kernel have none. */
function inOrder(modulesFolder: string): readonly string[] {
  const dependencies = new Map<string, readonly string[]>();
  for (const line of readFileSync(join(modulesFolder, "modules.dep"), "utf8").split("\n")) {
    const [path, needs] = line.split(":");
    if (path !== undefined && needs !== undefined) dependencies.set(path, needs.trim().split(" ").filter((need) => need !== ""));
  }
  const ordered = new Set<string>();
  for (const name of MODULES) {
    const path = [...dependencies.keys()].find((candidate) => basename(candidate).replace(/\.ko(\.xz)?$/, "").replaceAll("-", "_") === name.replaceAll("-", "_"));
    if (path === undefined) continue;
    for (const need of [...dependencies.get(path)!].reverse()) ordered.add(need);
    ordered.add(path);
  }
  return [...ordered];
}

function copyModule(from: string, to: string): void {
  if (from.endsWith(".xz")) sh("sh", ["-c", `xz -dc ${JSON.stringify(from)} > ${JSON.stringify(to)}`]);
  else copyFileSync(from, to);
}

/** What is run in the guest: the whole suite of the radio, its part on the Tesla dialect, or its figures alone. */
export type Suite = "whole" | "tesla" | "latency";

/** The job of the guest, with the paths of this machine filled in. */
export function writeJob(parts: GuestParts, suite: Suite, driver: BluetoothDriver, teslaControl: string | undefined): string {
  const path = join(parts.folder, "job.sh");
  const values: Readonly<Record<string, string>> = { ROOT: packagePath(), BTVIRT: parts.btvirt, NODE: process.execPath, SUITE: suite, DRIVER: driver, TESLACONTROL: teslaControl ?? "" };
  const text = readFileSync(packagePath("scripts", "hil", "kernel", "job.sh"), "utf8");
  writeFileSync(path, text.replace(/\b(ROOT|BTVIRT|NODE|SUITE|DRIVER|TESLACONTROL)\b/g, (word) => `'${values[word]!}'`));
  return path;
}
