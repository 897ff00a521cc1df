import { utf8Encode, toBase64Url } from "../../../firmware/base/index.ts";
import { Breaker } from "../../../scripts/uplink/breaker.ts";
import type { CarLinkHandlers, CarPort } from "../../../scripts/uplink/car-port.ts";
import { Gate, type GateEvent } from "../../../scripts/uplink/gate.ts";
import type { CloudOutcome, CloudRequest } from "../../../scripts/uplink/http.ts";
import { Uplink, type Release } from "../../../scripts/uplink/uplink.ts";

/** What a scripted cloud answers; a promise holds the request. */
export type Script = (request: CloudRequest) => CloudOutcome | Promise<CloudOutcome>;

export function json(status: number, body: unknown, retryAfterS?: number): CloudOutcome {
  return { ok: true, value: { status, body: utf8Encode(JSON.stringify(body)), retryAfterS } };
}

export const NO_ANSWER = new Promise<CloudOutcome>(() => undefined);

/** A car that writes down what comes, and lets the test speak for it. */
export class TestCar implements CarPort {
  readonly links: { readonly handlers: CarLinkHandlers; readonly frames: string[]; closed: boolean }[] = [];
  readonly lists: string[] = [];
  listens = true;
  /** Links open at once unless the test holds them. */
  hold: Promise<void> | undefined;

  async openLink(handlers: CarLinkHandlers): ReturnType<CarPort["openLink"]> {
    await this.hold;
    const link = { handlers, frames: [] as string[], closed: false };
    this.links.push(link);
    return { ok: true, value: { send: (bytes) => !link.closed && link.frames.push(toBase64Url(bytes)) > 0, close: () => void (link.closed = true) } };
  }

  deliverList(list: Uint8Array): boolean {
    if (this.listens) this.lists.push(toBase64Url(list));
    return this.listens;
  }

  close(): void {}
}

/** An uplink between a scripted cloud and a test car, on the clock of the fake timers. */
export function testUplink(script: Script): { readonly uplink: Uplink; readonly car: TestCar; readonly gate: Gate; readonly asked: CloudRequest[]; readonly events: GateEvent[]; readonly releases: Release[] } {
  const asked: CloudRequest[] = [];
  const events: GateEvent[] = [];
  const releases: Release[] = [];
  const car = new TestCar();
  const ask = (request: CloudRequest): Promise<CloudOutcome> => {
    asked.push(request);
    return Promise.race([script(request), closed]);
  };
  let close!: () => void;
  const closed = new Promise<CloudOutcome>((resolve) => (close = () => resolve({ ok: false, error: { kind: "unreachable", message: "closed" } })));
  const nowMs = (): number => Date.now();
  const gate = new Gate({ cloud: { ask, close }, breaker: new Breaker(() => 0.5), nowMs, onEvent: (event) => events.push(event) });
  const uplink = new Uplink({ gate, car, token: () => "t", nowMs, onRelease: (release) => releases.push(release) });
  return { uplink, car, gate, asked, events, releases };
}

/** Inbox answers one after another, then silence; other requests are accepted. */
export function inboxes(...answers: readonly CloudOutcome[]): Script {
  const left = [...answers];
  return ({ path }) => (path.startsWith("/v1/uplink/inbox") ? (left.shift() ?? NO_ANSWER) : json(202, {}));
}
