import { readFileSync } from "node:fs";
import type { LatchId } from "../../../firmware/lock/index.ts";
import { replaceFile } from "../../../hal/durable-file/index.ts";
import type { CarBody } from "../../../sim/body/index.ts";
import { CommandFailure } from "../../cli/command.ts";

/** Where each latch and door of a virtual car stays while no process runs, as metal does. */
export type Mechanics = Readonly<Record<LatchId, { readonly locked: boolean; readonly open: boolean }>>;

export function mechanicsOf(body: CarBody): Mechanics {
  return Object.fromEntries(body.description.latches.map(({ id }) => [id, { locked: body.isLocked(id), open: body.isOpen(id) }]));
}

/** Puts a new body into the state; latches it does not name are locked and shut, as a parked car's are. */
export function setMechanics(body: CarBody, mechanics: Mechanics): void {
  for (const { id } of body.description.latches) {
    const { locked, open } = mechanics[id] ?? { locked: true, open: false };
    if (open) body.pullOutsideHandle(id);
    if (locked) body.turnByHand(id, "locked");
  }
}

/** The file beside the flash that plays the metal. */
export class MechanicsFile {
  readonly #path: string;
  #written = "";

  constructor(flashPath: string) {
    this.#path = `${flashPath}.body.json`;
  }

  /** What was written last; a car without the file stands locked. */
  read(): Mechanics {
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code === "ENOENT") return {};
      throw new CommandFailure(`${this.#path} cannot be read: ${(fault as Error).message}`, "It holds where the virtual car's doors and latches stand.");
    }
    const mechanics = parse(text);
    if (mechanics === undefined) {
      throw new CommandFailure(`${this.#path} is damaged`, "It holds where the virtual car's doors and latches stand; remove it to begin with a locked car.");
    }
    this.#written = text;
    return mechanics;
  }

  /** Writes it whole or not at all, where something has changed. */
  write(mechanics: Mechanics): void {
    const text = `${JSON.stringify(mechanics)}\n`;
    if (text === this.#written) return;
    replaceFile(this.#path, [Buffer.from(text)]);
    this.#written = text;
  }
}

function parse(text: string): Mechanics | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return Object.values(value).every(isLatch) ? (value as Mechanics) : undefined;
  } catch {
    return undefined;
  }
}

function isLatch(value: unknown): boolean {
  const latch = value as { locked?: unknown; open?: unknown } | null;
  return typeof latch === "object" && latch !== null && typeof latch.locked === "boolean" && typeof latch.open === "boolean";
}
