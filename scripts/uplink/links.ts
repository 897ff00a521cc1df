import { toBase64Url } from "../../firmware/base/index.ts";
import type { CarLink, CarPort } from "./car-port.ts";

/** Courier links at once; a cloud that opens more is lying. */
export const LINK_COUNT_MAX = 4;
/** Frames of one link that wait, for a car link that is being opened or for the cloud. */
export const FRAME_COUNT_MAX = 32;
/** Items of ended links that wait to be told; a cloud that hears nothing of a link ends it by itself after 30 s. */
const ENDED_COUNT_MAX = 2 * LINK_COUNT_MAX * FRAME_COUNT_MAX;

export type OutboxItem = { readonly kind: "frame"; readonly link: string; readonly bytes: string } | { readonly kind: "closed"; readonly link: string };

interface OpenLink {
  /** Undefined while the car is being asked. */
  car: CarLink | undefined;
  readonly early: Uint8Array[];
  readonly toCloud: string[];
}

/** The links between a courier and the car, each with its own bounded queues. */
export class Links {
  readonly #car: CarPort;
  readonly #onOutbox: () => void;
  readonly #links = new Map<string, OpenLink>();
  readonly #ended: OutboxItem[] = [];

  /** `onOutbox`: something waits for the cloud. */
  constructor(car: CarPort, onOutbox: () => void) {
    this.#car = car;
    this.#onOutbox = onOutbox;
  }

  get size(): number {
    return this.#links.size;
  }

  /** False where the item has no place: too many links, one known already. */
  open(name: string): boolean {
    if (this.#links.has(name) || this.#links.size >= LINK_COUNT_MAX) return false;
    const link: OpenLink = { car: undefined, early: [], toCloud: [] };
    this.#links.set(name, link);
    const isOpen = (): boolean => this.#links.get(name) === link;
    void this.#car
      .openLink({ onFrame: (bytes) => isOpen() && this.#fromCar(name, link, bytes), onClosed: () => isOpen() && this.#end(name, link, link.toCloud) })
      .then((opened) => {
        if (!isOpen()) return opened.ok ? opened.value.close() : undefined;
        if (!opened.ok) return this.#end(name, link);
        link.car = opened.value;
        for (const frame of link.early.splice(0)) link.car.send(frame);
      });
    return true;
  }

  /** False for a frame of no open link, or one too many. */
  toCar(name: string, bytes: Uint8Array): boolean {
    const link = this.#links.get(name);
    if (link === undefined) return false;
    if (link.car !== undefined) return link.car.send(bytes);
    if (link.early.length < FRAME_COUNT_MAX) return link.early.push(bytes) > 0;
    this.#end(name, link);
    return false;
  }

  /** The courier says that the link has ended. */
  close(name: string): boolean {
    const link = this.#links.get(name);
    if (link === undefined) return false;
    this.#links.delete(name);
    link.car?.close();
    return true;
  }

  /** Ends a link of which frames were lost on the way: what the key and the car said to each other has a gap now. */
  lost(name: string): void {
    const link = this.#links.get(name);
    if (link !== undefined) this.#end(name, link);
  }

  /** Takes what waits for the cloud, at most `countMax` items. */
  take(countMax: number): readonly OutboxItem[] {
    const items = this.#ended.splice(0, countMax);
    for (const [name, link] of this.#links) {
      for (const bytes of link.toCloud.splice(0, countMax - items.length)) items.push({ kind: "frame", link: name, bytes });
    }
    return items;
  }

  closeAll(): void {
    for (const name of [...this.#links.keys()]) this.close(name);
  }

  #fromCar(name: string, link: OpenLink, bytes: Uint8Array): void {
    if (link.toCloud.length >= FRAME_COUNT_MAX) return this.#end(name, link);
    link.toCloud.push(toBase64Url(bytes));
    this.#onOutbox();
  }

  /** `lastWords`: what the car said before it closed is still told. */
  #end(name: string, link: OpenLink, lastWords: readonly string[] = []): void {
    this.#links.delete(name);
    link.car?.close();
    if (this.#ended.length + lastWords.length < ENDED_COUNT_MAX) {
      this.#ended.push(...lastWords.map((bytes) => ({ kind: "frame", link: name, bytes }) as const), { kind: "closed", link: name });
    }
    this.#onOutbox();
  }
}
