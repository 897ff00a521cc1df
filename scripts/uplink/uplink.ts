import type { CarPort } from "./car-port.ts";
import type { Gate } from "./gate.ts";
import type { CloudRequest } from "./http.ts";
import { readInbox, readJson, type InboxAnswer, type InboxItem } from "./inbox.ts";
import { Links } from "./links.ts";

/** How long the cloud may keep a poll open, and how much longer its answer may take. */
export const POLL_MS = 25_000;
const ANSWER_MS = 10_000;
/** Bytes of an inbox: 64 frames of 512 bytes, or a list of 8 KiB, with room. */
export const INBOX_BYTES_MAX = 64 * 1024;
/** Answers that say nothing of interest. */
const SMALL_BYTES_MAX = 4 * 1024;
const OUTBOX_COUNT_MAX = 32;
/** Between two polls: a cloud that answers as fast as it can is asked 40 times a second at most. */
export const POLL_GAP_MS = 25;
/** A poll that came back empty before this time was not held open, and the next one waits as long. */
export const POLL_EMPTY_MS = 1_000;

export type Release = InboxItem & { readonly kind: "release" };

export interface UplinkCounts {
  /** Items from the cloud that had no place: unknown links, wrong types, too many. */
  dropped: number;
  framesToCar: number;
  framesToCloud: number;
  reports: number;
  lists: number;
}

export interface UplinkParts {
  readonly gate: Gate;
  readonly car: CarPort;
  /** Asked for at each request. */
  readonly token: () => string;
  readonly nowMs: () => number;
  readonly onRelease: (release: Release) => void;
}

/**
 * Carries between a car and its cloud, one request at a time in each direction: what waits for the car, what waits for the cloud, and the
 * newest report. It asks the car for nothing, and nothing the cloud says costs more than a bounded answer.
 */
export class Uplink {
  readonly counts: UplinkCounts = { dropped: 0, framesToCar: 0, framesToCloud: 0, reports: 0, lists: 0 };
  readonly #parts: UplinkParts;
  readonly #links: Links;
  #after = 0;
  #report: Readonly<Record<string, unknown>> | undefined;
  #waitingList: Uint8Array | undefined;
  #sending = false;
  #reporting = false;

  constructor(parts: UplinkParts) {
    this.#parts = parts;
    this.#links = new Links(parts.car, () => void this.#sendOutbox());
  }

  /** Polls until the gate is closed. */
  async run(): Promise<void> {
    const { gate, nowMs } = this.#parts;
    while (!gate.isClosed) {
      const startMs = nowMs();
      let inbox: InboxAnswer | undefined;
      const poll = (waitMs: number): CloudRequest => this.#request("GET", `/v1/uplink/inbox?after=${this.#after}&waitMs=${waitMs}`, { bytesMax: INBOX_BYTES_MAX, timeoutMs: waitMs + ANSWER_MS });
      const outcome = await gate.ask((isTrial) => poll(isTrial ? 0 : POLL_MS), ({ status, body }) => {
        inbox = status === 200 ? readInbox(body, this.#after) : undefined;
        return inbox !== undefined && (inbox.items.length > 0 || inbox.droppedCount === 0);
      });
      if (outcome === undefined) break;
      if (!outcome.ok || inbox === undefined) {
        this.counts.dropped++;
        await gate.pause(POLL_EMPTY_MS);
        continue;
      }
      this.#after = inbox.next;
      this.counts.dropped += inbox.droppedCount;
      for (const item of inbox.items) this.#take(item);
      const wasHeld = inbox.items.length > 0 || nowMs() - startMs >= POLL_EMPTY_MS;
      await new Promise((resolve) => setTimeout(resolve, wasHeld ? POLL_GAP_MS : POLL_EMPTY_MS));
    }
    this.#links.closeAll();
  }

  /** The model that the car named last. */
  get model(): string | undefined {
    const model = this.#report?.["model"];
    return typeof model === "string" ? model : undefined;
  }

  /** The car tells how it is: the newest takes the place of one that waits. */
  reported(bytes: Uint8Array): void {
    const told = readJson(bytes);
    const { signals, model } = told ?? {};
    if (typeof signals !== "object" || signals === null || Array.isArray(signals)) return void this.counts.dropped++;
    this.#report = { report: { signals }, ...(typeof model === "string" && { model }) };
    this.#handOver();
    void this.#sendReport();
  }

  #take(item: InboxItem): void {
    if (item.kind === "list") {
      this.#waitingList = item.bytes;
      return this.#handOver();
    }
    if (item.kind === "release") return this.#parts.onRelease(item);
    const taken = this.#takeOfLink(item);
    if (!taken) this.counts.dropped++;
    else if (item.kind === "frame") this.counts.framesToCar++;
  }

  #takeOfLink(item: InboxItem & { readonly link: string }): boolean {
    if (item.kind === "frame") return this.#links.toCar(item.link, item.bytes);
    return item.kind === "opened" ? this.#links.open(item.link) : this.#links.close(item.link);
  }

  /** The newest list waits here for a car that does not listen yet. */
  #handOver(): void {
    if (this.#waitingList === undefined || !this.#parts.car.deliverList(this.#waitingList)) return;
    this.#waitingList = undefined;
    this.counts.lists++;
  }

  async #sendOutbox(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    // What the car says in one turn goes out together.
    await Promise.resolve();
    for (let items = this.#links.take(OUTBOX_COUNT_MAX); items.length > 0; items = this.#links.take(OUTBOX_COUNT_MAX)) {
      const outcome = await this.#parts.gate.ask(() => this.#request("POST", "/v1/uplink/outbox", { body: { items } }));
      if (outcome === undefined) break;
      const arrived = outcome.ok && outcome.value.status < 300;
      for (const { kind, link } of items) {
        if (kind !== "frame") continue;
        if (arrived) this.counts.framesToCloud++;
        else this.#links.lost(link);
      }
    }
    this.#sending = false;
  }

  async #sendReport(): Promise<void> {
    if (this.#reporting) return;
    this.#reporting = true;
    let sent: Readonly<Record<string, unknown>> | undefined;
    while (this.#report !== sent) {
      const report = this.#report!;
      const outcome = await this.#parts.gate.ask(() => this.#request("POST", "/v1/uplink/reports", { body: report }));
      if (outcome === undefined) break;
      const status = outcome.ok ? outcome.value.status : 0;
      const isRefused = status >= 400 && status < 500 && ![401, 403, 429].includes(status);
      if (status >= 200 && status < 300) this.counts.reports++;
      // One that the cloud will never take is not told twice.
      if ((status >= 200 && status < 300) || isRefused) sent = report;
    }
    this.#reporting = false;
  }

  #request(method: "GET" | "POST", path: string, rest: Partial<CloudRequest>): CloudRequest {
    return { method, path, token: this.#parts.token(), bytesMax: SMALL_BYTES_MAX, timeoutMs: ANSWER_MS, ...rest };
  }
}
