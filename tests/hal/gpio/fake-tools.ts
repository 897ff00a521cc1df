import { chmodSync, writeFileSync, appendFileSync, readFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { testFolder } from "../support/folder.ts";

/** What the tools print in each version, as their own sources say it. */
const VERSION_TEXT = { 1: "gpioset (libgpiod) v1.6.3", 2: "gpioset (libgpiod) v2.2.1" } as const;
const CHIPS = "gpiochip0 [raspberrypi-exp-gpio] (8 lines)\ngpiochip4 [pinctrl-rp1] (54 lines)\n";

/** Programs of the tools' names in a folder of their own: gpiomon prints what is appended to a file, gpioset notes when it holds and when it lets go. */
export class FakeTools {
  readonly folder = testFolder();
  readonly #edges = join(this.folder, "edges");
  readonly #calls = join(this.folder, "calls");

  constructor(version: 1 | 2, values: string) {
    writeFileSync(this.#edges, "");
    this.#program("gpiodetect", `printf '${CHIPS.replaceAll("\n", "\\n")}'`);
    this.#program("gpioget", `echo "${values}"`);
    this.#program("gpiomon", `echo $$ > ${join(this.folder, "pid")}\nexec tail -n +1 -s 0.02 -f ${this.#edges}`);
    this.#program("gpioset", [
      `case "$1" in --version) echo "${VERSION_TEXT[version]}"; exit 0;; esac`,
      `case "$*" in *99=*) echo "gpioset: unable to request lines: Device or resource busy" >&2; exit 1;; esac`,
      `trap 'echo "off $*" >> ${this.#calls}; exit 143' TERM`,
      `echo "on $*" >> ${this.#calls}`,
      `case "$*" in *time*|*toggle*) n=20;; *) n=2000;; esac`,
      `while [ $n -gt 0 ]; do sleep 0.01; n=$((n-1)); done`,
      `echo "off $*" >> ${this.#calls}`,
    ].join("\n"));
  }

  /** gpiomon prints these lines. */
  edges(...lines: readonly string[]): void {
    appendFileSync(this.#edges, lines.map((line) => `${line}\n`).join(""));
  }

  /** Ends the running gpiomon. */
  killMonitor(): void {
    process.kill(Number(readFileSync(join(this.folder, "pid"), "utf8")), "SIGKILL");
  }

  /** Each start and end of gpioset so far. */
  get calls(): readonly string[] {
    return existsSync(this.#calls) ? readFileSync(this.#calls, "utf8").split("\n").filter((call) => call !== "") : [];
  }

  #program(name: string, script: string): void {
    const path = join(this.folder, name);
    writeFileSync(path, `#!/bin/bash\necho "${name} $*" >> ${this.folder}/all\n${script}\n`);
    chmodSync(path, 0o755);
  }

  /** Every call of every tool. */
  get all(): readonly string[] {
    return readFileSync(join(this.folder, "all"), "utf8").trim().split("\n");
  }
}
