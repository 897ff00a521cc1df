import type { Command } from "../wire/index.ts";
import type { RequestId } from "./key-effects.ts";
import type { SentUse } from "./learning.ts";

/** Requests of one link that wait for their turn; a person presses no faster. */
export const REQUEST_COUNT_MAX = 16;

/** One thing asked of the car. */
export interface Request {
  readonly id: RequestId;
  readonly command: Command | { readonly kind: "pairing" };
  use: SentUse | undefined;
  /** Whether its bytes have left this phone, so that the car may have acted. */
  sent: boolean;
  /** Whether it has been sent again with another use number. */
  renumbered: boolean;
}

/** What is asked over one link, in its order: one under way at a time, the others wait. */
export class Requests {
  private waiting: Request[] = [];
  private current: Request | undefined;
  private lastId = 0;

  /** Numbers a request; it is not in the queue yet. */
  create(command: Request["command"]): Request {
    return { id: ++this.lastId, command, use: undefined, sent: false, renumbered: false };
  }

  get isFull(): boolean {
    return this.waiting.length >= REQUEST_COUNT_MAX;
  }

  add(request: Request): void {
    this.waiting.push(request);
  }

  get underWay(): Request | undefined {
    return this.current;
  }

  /** The next one is under way from now on; undefined where none waits. */
  next(): Request | undefined {
    return (this.current = this.waiting.shift());
  }

  /** The one under way has its end. */
  done(): void {
    this.current = undefined;
  }

  /** All that are open, in their order; none is any more. */
  takeAll(): readonly Request[] {
    const open = this.current === undefined ? this.waiting : [this.current, ...this.waiting];
    this.current = undefined;
    this.waiting = [];
    return open;
  }
}

/** What a fast session serves. */
export function isFastCommand({ command }: Request): boolean {
  return command.kind === "unlock" || command.kind === "lock";
}
