import type { Turn } from "./turn.ts";

/** How long comfort systems have to say whether a PIN was right. */
export const PIN_ANSWER_TIMEOUT_MS = 2_000;

/** Orders that wait at once; one more is refused. */
export const PIN_ORDERS_MAX = 8;

/** Hears whether the PIN was right; undefined: nobody said. */
type Checked = (turn: Turn, right: boolean | undefined) => void;

/** Orders to the comfort systems that are answered when these have compared the PIN in them, which only they know. */
export class PinOrders {
  /** By number, the oldest first. */
  private readonly waiting = new Map<number, { readonly checked: Checked; readonly dueMs: number }>();
  private lastNumber = 0;

  get dueMs(): number | undefined {
    for (const { dueMs } of this.waiting.values()) return dueMs;
    return undefined;
  }

  get isFull(): boolean {
    return this.waiting.size >= PIN_ORDERS_MAX;
  }

  /** The number of one more order. */
  begin(turn: Turn, checked: Checked): number {
    this.lastNumber += 1;
    this.waiting.set(this.lastNumber, { checked, dueMs: turn.nowMs + PIN_ANSWER_TIMEOUT_MS });
    return this.lastNumber;
  }

  answered(turn: Turn, number: number, right: boolean | undefined): void {
    const order = this.waiting.get(number);
    this.waiting.delete(number);
    order?.checked(turn, right);
  }

  serve(turn: Turn): void {
    for (const [number, { dueMs }] of this.waiting) if (dueMs <= turn.nowMs) this.answered(turn, number, undefined);
  }
}
