import { fromBase64Url, toBase64Url } from "../../firmware/base/index.ts";
import type { KeyRadioEvent, KeyRadioLink } from "../../hal/radio/index.ts";
import type { Attach } from "../key/attach.ts";
import { malformed, tokenIn, type CloudClient } from "./session.ts";
import { vehicleOfCar } from "./vehicles.ts";

/** What a courier carries at once. */
const FRAME_BYTES_MAX = 512;
const FRAME_COUNT_MAX = 32;
const POLL_MS = 20_000;
const ANSWER_MS = 10_000;
const END_MS = 2_000;

/** The way through a cloud to a car, as a link like any other: the key and the car prove themselves to each other inside it, and the cloud sees bytes. */
export class Courier {
  readonly #cloud: CloudClient;
  #path: string | undefined;
  #ending: Promise<unknown> | undefined;
  #close: (() => void) | undefined;

  constructor(cloud: CloudClient) {
    this.#cloud = cloud;
  }

  /** Opens the way to a car. A key is held while it is used: with this done before, a cloud that hangs keeps the key from nobody beside the car. */
  async reach(vehicleIds: readonly string[]): Promise<string> {
    const { vehicle } = await vehicleOfCar(this.#cloud, vehicleIds);
    const links = `/v1/vehicles/${vehicle}/links`;
    const path = `${links}/${encodeURIComponent(tokenIn(await this.#cloud.demand("POST", links), "link"))}`;
    this.#path = path;
    this.#close = () => {
      this.#ending ??= this.#cloud.ask("DELETE", path, undefined, END_MS).catch(() => undefined);
    };
    return path;
  }

  readonly attach: Attach = async ({ target, onEvent }) => {
    const path = this.#path ?? (await this.reach(target.kind === "cars" ? target.vehicleIds : []));
    const link = new CourierLink(this.#cloud, path, onEvent);
    const close = this.#close;
    this.#close = () => {
      link.close();
      close?.();
    };
    return link;
  };

  /** Ends the link at the cloud; one that does not answer ends it by itself. */
  async end(): Promise<void> {
    this.#close?.();
    await this.#ending;
  }
}

class CourierLink implements KeyRadioLink {
  readonly attPayloadBytes = FRAME_BYTES_MAX;
  readonly #cloud: CloudClient;
  readonly #path: string;
  readonly #onEvent: (event: KeyRadioEvent) => void;
  readonly #waiting: string[] = [];
  #sending = false;
  #open = true;

  constructor(cloud: CloudClient, path: string, onEvent: (event: KeyRadioEvent) => void) {
    this.#cloud = cloud;
    this.#path = `${path}/frames`;
    this.#onEvent = onEvent;
    void this.#receive().catch((fault: unknown) => this.#broke(fault));
  }

  send(bytes: Uint8Array): boolean {
    if (!this.#open || this.#waiting.length >= FRAME_COUNT_MAX) return false;
    this.#waiting.push(toBase64Url(bytes));
    void this.#sendAll().catch((fault: unknown) => this.#broke(fault));
    return true;
  }

  close(): void {
    this.#open = false;
  }

  async #sendAll(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    // What the key says in one turn goes out together.
    await Promise.resolve();
    while (this.#open && this.#waiting.length > 0) {
      await this.#cloud.demand("POST", this.#path, { frames: this.#waiting.splice(0) }, ANSWER_MS);
    }
    this.#sending = false;
  }

  async #receive(): Promise<void> {
    let after = 0;
    while (this.#open) {
      const { frames, next, closed } = await this.#cloud.demand("GET", `${this.#path}?after=${after}&waitMs=${POLL_MS}`, undefined, POLL_MS + ANSWER_MS);
      if (!this.#open) return;
      if (!Array.isArray(frames) || frames.length > FRAME_COUNT_MAX || typeof next !== "number" || !Number.isSafeInteger(next) || next !== after + frames.length) throw malformed();
      after = next;
      for (const frame of frames as readonly unknown[]) {
        const bytes = typeof frame === "string" && frame.length <= 2 * FRAME_BYTES_MAX ? fromBase64Url(frame) : undefined;
        if (bytes === undefined || bytes.length === 0 || bytes.length > FRAME_BYTES_MAX) throw malformed();
        this.#onEvent({ kind: "frameReceived", bytes });
      }
      if (closed === true) return this.#broke(new Error("the courier has ended the link"));
    }
  }

  #broke(fault: unknown): void {
    if (!this.#open) return;
    this.#open = false;
    this.#onEvent({ kind: "closed", why: (fault as Error).message });
  }
}
