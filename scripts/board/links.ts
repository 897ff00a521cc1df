import type { LinkId } from "../../firmware/controller/index.ts";
import type { BoardRadio, RadioEvent } from "./board.ts";

/** One number per link over all radios of a board; numbers grow and never come back. */
export class Links {
  readonly #byLink = new Map<LinkId, { readonly radio: BoardRadio; readonly own: LinkId }>();
  readonly #byOwn = new Map<BoardRadio, Map<LinkId, LinkId>>();
  #count = 0;

  get openCount(): number {
    return this.#byLink.size;
  }

  /** The event with the car's number of the link; undefined for a link that never opened or has closed. */
  numbered(radio: BoardRadio, event: RadioEvent): RadioEvent | undefined {
    const own = this.#ownOf(radio);
    if (event.kind === "linkOpened") {
      const link = ++this.#count;
      own.set(event.link, link);
      this.#byLink.set(link, { radio, own: event.link });
      return { ...event, link };
    }
    const link = own.get(event.link);
    if (link === undefined) return undefined;
    if (event.kind === "linkClosed") {
      own.delete(event.link);
      this.#byLink.delete(link);
    }
    return { ...event, link };
  }

  send(link: LinkId, bytes: Uint8Array): void {
    const found = this.#byLink.get(link);
    found?.radio.send(found.own, bytes);
  }

  close(link: LinkId): void {
    const found = this.#byLink.get(link);
    found?.radio.closeLink(found.own);
  }

  #ownOf(radio: BoardRadio): Map<LinkId, LinkId> {
    let own = this.#byOwn.get(radio);
    if (own === undefined) this.#byOwn.set(radio, (own = new Map()));
    return own;
  }
}
