import { readFileSync } from "node:fs";
import type { LatchId } from "../../../firmware/lock/index.ts";
import { messageOf, replaceFile } from "../../../hal/durable-file/index.ts";
import type { CarBody } from "../../../sim/body/index.ts";
import { CommandFailure } from "../../cli/command.ts";
import { isKeptCard } from "./kept-cards.ts";

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

/** What of a virtual car and its world outlives the process besides the flash. */
export interface KeptWorld {
  readonly latches: Mechanics;
  /** How far its wall clock is ahead of this machine's, by time that was skipped: a car's time never moves back. */
  readonly aheadS: number;
  /** What the world's cards remember, by name ({@link isKeptCard}): simulated plastic, no secret. */
  readonly cards: Readonly<Record<string, string>>;
}

/** The file beside the flash that plays metal and time. */
export class MechanicsFile {
  readonly #path: string;
  readonly #trouble: (message: string) => void;
  #written = "";
  #failing = false;

  /** @param trouble told once when the file can no longer be written; the car goes on, as metal does without a disk. */
  constructor(flashPath: string, trouble: (message: string) => void) {
    this.#path = `${flashPath}.body.json`;
    this.#trouble = trouble;
  }

  /** What was written last; a car without the file stands locked. */
  read(): KeptWorld {
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code === "ENOENT") return { latches: {}, aheadS: 0, cards: {} };
      throw new CommandFailure(`${this.#path} cannot be read: ${(fault as Error).message}`, "It holds where the virtual car's doors and latches stand.");
    }
    const kept = parse(text);
    if (kept === undefined) {
      throw new CommandFailure(`${this.#path} is damaged`, "It holds where the virtual car's doors and latches stand; remove it to begin with a locked car.");
    }
    this.#written = text;
    return kept;
  }

  /** Writes it whole or not at all, where something has changed. What failed is tried again with the next change. */
  write(kept: KeptWorld): void {
    const text = `${JSON.stringify(kept)}\n`;
    if (text === this.#written) return;
    try {
      replaceFile(this.#path, [Buffer.from(text)]);
      this.#written = text;
      this.#failing = false;
    } catch (fault) {
      if (!this.#failing) this.#trouble(`${this.#path} cannot be written, so the next start finds doors and latches as they were: ${messageOf(fault)}`);
      this.#failing = true;
    }
  }
}

function parse(text: string): KeptWorld | undefined {
  try {
    const { latches, aheadS, cards = {} } = JSON.parse(text) as Partial<KeptWorld>;
    if (typeof latches !== "object" || latches === null || Array.isArray(latches)) return undefined;
    if (typeof aheadS !== "number" || !Number.isSafeInteger(aheadS) || aheadS < 0) return undefined;
    if (typeof cards !== "object" || cards === null || !Object.values(cards).every(isKeptCard)) return undefined;
    return Object.values(latches).every(isLatch) ? { latches, aheadS, cards } : undefined;
  } catch {
    return undefined;
  }
}

function isLatch(value: unknown): boolean {
  const latch = value as { locked?: unknown; open?: unknown } | null;
  return typeof latch === "object" && latch !== null && typeof latch.locked === "boolean" && typeof latch.open === "boolean";
}
