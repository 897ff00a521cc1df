import { LIMITS } from "./limits.ts";
import { notFound, Refusal } from "./refusal.ts";
import { makeToken, type Surroundings } from "./secrets.ts";

/** What waits for a car's uplink. Bytes are base64url. */
export type InboxItem =
  | { readonly kind: "opened" | "closed"; readonly link: string }
  | { readonly kind: "frame"; readonly link: string; readonly bytes: string }
  | { readonly kind: "list"; readonly bytes: string }
  | { readonly kind: "release"; readonly model: string; readonly version: string; readonly sequenceNumber: number; readonly sizeBytes: number };

interface Link {
  lastFrameMs: number;
  closed: boolean;
  readonly toApp: string[];
  /** Number of the first of `toApp`. */
  first: number;
  wake: (() => void) | undefined;
}

interface Numbered {
  readonly number: number;
  readonly item: InboxItem;
}

interface Mailbox {
  readonly links: Map<string, Link>;
  items: Numbered[];
  next: number;
  /** Items below this number have been shown to the uplink. */
  shown: number;
  seenAtMs: number | null;
  wake: (() => void) | undefined;
}

/**
 * Carries opaque frames between an owner's app and a car's uplink, in memory, bounded. It opens none of them: what they say is
 * between a key and the car, which judges it as it would judge it by radio.
 */
export class Courier {
  readonly #mailboxes = new Map<string, Mailbox>();
  readonly #surroundings: Surroundings;
  readonly #startMs: number;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#startMs = surroundings.nowMs();
  }

  seenAtMs(vehicle: string): number | null {
    return this.#mailboxes.get(vehicle)?.seenAtMs ?? null;
  }

  open(vehicle: string): string {
    const mailbox = this.#mailbox(vehicle);
    this.#endIdle(mailbox);
    const busy = [...mailbox.links.values()].filter(({ closed }) => !closed).length >= LIMITS.linksPerVehicle;
    if (busy || mailbox.items.length > LIMITS.inboxItems / 2) {
      throw new Refusal(429, "tooManyLinks", "this vehicle has as many links as it may", `Close one, or wait ${LIMITS.linkIdleMs / 1000} s until idle ones end.`, LIMITS.linkIdleMs / 1000);
    }
    const link = makeToken(this.#surroundings);
    mailbox.links.set(link, { lastFrameMs: this.#surroundings.nowMs(), closed: false, toApp: [], first: 0, wake: undefined });
    this.#post(mailbox, { kind: "opened", link });
    return link;
  }

  close(vehicle: string, link: string): void {
    const mailbox = this.#mailbox(vehicle);
    if (!mailbox.links.has(link)) throw notFound("link");
    this.#end(mailbox, link);
  }

  /** Frames from the app; all of them or none. */
  toCar(vehicle: string, link: string, frames: readonly string[]): void {
    const mailbox = this.#mailbox(vehicle);
    const open = this.#openLink(mailbox, link);
    const waiting = mailbox.items.filter(({ item }) => item.kind === "frame" && item.link === link).length;
    if (waiting + frames.length > LIMITS.framesWaiting) throw new Refusal(429, "tooManyFrames", "the car has not fetched the frames before these", "Wait until it has.", 1);
    open.lastFrameMs = this.#surroundings.nowMs();
    for (const bytes of frames) this.#post(mailbox, { kind: "frame", link, bytes });
  }

  /** Frames from the car, from number `after` on; those before it are acknowledged. */
  async toApp(vehicle: string, link: string, after: number, waitMs: number): Promise<{ frames: string[]; next: number; closed: boolean }> {
    const mailbox = this.#mailbox(vehicle);
    this.#endIdle(mailbox);
    const found = mailbox.links.get(link);
    if (found === undefined) throw notFound("link");
    const done = Math.min(Math.max(0, after - found.first), found.toApp.length);
    found.toApp.splice(0, done);
    found.first += done;
    if (found.toApp.length === 0 && !found.closed) await waited(found, waitMs);
    this.#endIdle(mailbox);
    const frames = found.toApp.slice();
    if (found.closed && frames.length === 0) mailbox.links.delete(link);
    return { frames, next: found.first + frames.length, closed: found.closed };
  }

  /** What waits for the car, from number `after` on. `acknowledged` gets those before it, once. */
  async inbox(vehicle: string, after: number, waitMs: number, acknowledged: (items: readonly InboxItem[]) => Promise<void>): Promise<{ items: InboxItem[]; next: number }> {
    const mailbox = this.#mailbox(vehicle);
    mailbox.seenAtMs = this.#surroundings.nowMs();
    this.#endIdle(mailbox);
    const done = mailbox.items.filter(({ number }) => number < after && number < mailbox.shown);
    mailbox.items = mailbox.items.filter((item) => !done.includes(item));
    if (done.length > 0) await acknowledged(done.map(({ item }) => item));
    if (mailbox.items.length === 0) await waited(mailbox, waitMs);
    const items = mailbox.items.slice(0, LIMITS.itemsPerAnswer);
    const last = items.at(-1);
    if (last !== undefined) mailbox.shown = Math.max(mailbox.shown, last.number + 1);
    return { items: items.map(({ item }) => item), next: last === undefined ? mailbox.next : last.number + 1 };
  }

  /** What the uplink brings; what belongs to no open link is dropped. */
  outbox(vehicle: string, items: readonly { readonly kind: "frame" | "closed"; readonly link: string; readonly bytes?: string | undefined }[]): void {
    const mailbox = this.#mailbox(vehicle);
    this.#endIdle(mailbox);
    for (const { kind, link, bytes } of items) {
      const open = mailbox.links.get(link);
      if (open === undefined || open.closed) continue;
      if (kind === "closed") {
        open.closed = true;
      } else if (open.toApp.length >= LIMITS.framesWaiting) {
        this.#end(mailbox, link, true);
      } else {
        open.lastFrameMs = this.#surroundings.nowMs();
        open.toApp.push(bytes!);
      }
      open.wake?.();
    }
  }

  /** A newer list takes the place of one that waits. */
  postList(vehicle: string, bytes: string): void {
    this.#replace(vehicle, { kind: "list", bytes });
  }

  postRelease(vehicle: string, item: InboxItem & { readonly kind: "release" }): void {
    this.#replace(vehicle, item);
  }

  forget(vehicle: string): void {
    const mailbox = this.#mailboxes.get(vehicle);
    for (const link of mailbox?.links.keys() ?? []) this.#end(mailbox!, link);
    mailbox?.wake?.();
    this.#mailboxes.delete(vehicle);
  }

  /** Ends every link that has been idle too long. */
  sweep(): void {
    for (const mailbox of this.#mailboxes.values()) this.#endIdle(mailbox);
  }

  #mailbox(vehicle: string): Mailbox {
    const known = this.#mailboxes.get(vehicle);
    if (known !== undefined) return known;
    // Numbers begin at the time of the start: those of an earlier run of the service stay below.
    const mailbox: Mailbox = { links: new Map(), items: [], next: this.#startMs, shown: 0, seenAtMs: null, wake: undefined };
    this.#mailboxes.set(vehicle, mailbox);
    return mailbox;
  }

  #openLink(mailbox: Mailbox, link: string): Link {
    this.#endIdle(mailbox);
    const found = mailbox.links.get(link);
    if (found === undefined) throw notFound("link");
    if (found.closed) throw new Refusal(410, "linkClosed", "this link has ended", "Open a new one.");
    return found;
  }

  #post(mailbox: Mailbox, item: InboxItem): void {
    mailbox.items.push({ number: mailbox.next++, item });
    mailbox.wake?.();
  }

  #replace(vehicle: string, item: InboxItem): void {
    const mailbox = this.#mailbox(vehicle);
    mailbox.items = mailbox.items.filter((waiting) => waiting.item.kind !== item.kind);
    this.#post(mailbox, item);
  }

  #endIdle(mailbox: Mailbox): void {
    const nowMs = this.#surroundings.nowMs();
    for (const [link, { lastFrameMs, closed }] of mailbox.links) {
      if (nowMs - lastFrameMs < LIMITS.linkIdleMs) continue;
      if (closed) mailbox.links.delete(link);
      else this.#end(mailbox, link, true);
    }
  }

  /** Takes back what the uplink has not seen of a link, and tells it of the end where it has seen the beginning. */
  #end(mailbox: Mailbox, link: string, keepForApp = false): void {
    const found = mailbox.links.get(link)!;
    const opening = mailbox.items.find(({ item }) => item.kind === "opened" && item.link === link);
    const known = opening === undefined || opening.number < mailbox.shown;
    mailbox.items = mailbox.items.filter(({ item }) => !("link" in item) || item.link !== link || (known && item.kind === "opened"));
    if (known && !found.closed) this.#post(mailbox, { kind: "closed", link });
    found.closed = true;
    found.wake?.();
    if (!keepForApp) mailbox.links.delete(link);
  }
}

/** Resolves when woken or after `waitMs`; an earlier wait on the same place ends. */
function waited(place: { wake: (() => void) | undefined }, waitMs: number): Promise<void> {
  place.wake?.();
  if (waitMs === 0) return Promise.resolve();
  return new Promise((resolve) => {
    // A stop of the service does not wait for those who wait.
    const timer = setTimeout(() => wake(), waitMs).unref();
    const wake = (): void => {
      clearTimeout(timer);
      if (place.wake === wake) place.wake = undefined;
      resolve();
    };
    place.wake = wake;
  });
}
