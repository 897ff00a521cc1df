import { expect, it } from "vitest";
import type { CarRadio, CarRadioEvent, KeyRadioEvent, KeyRadioLink, TeslaAdvertisement } from "../../../hal/radio/index.ts";

/** A key's end of one link. */
export interface AttachedKey {
  readonly link: KeyRadioLink;
  readonly events: readonly KeyRadioEvent[];
}

/** A car's radio and a way to reach it. */
export interface RadioPair {
  readonly car: CarRadio;
  readonly carEvents: readonly CarRadioEvent[];
  /** A key that has connected; undefined where it could not. */
  attach(dialect?: "tesla"): Promise<AttachedKey | undefined>;
  /** Lets time or other work pass until `holds()`. */
  until(what: string, holds: () => boolean): Promise<void>;
}

const IDENTITY = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const OTHER_IDENTITY = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1);

export const TESLA_NAME = "S1a87a5a75f3df858C";

/** What every pair of radios promises, tested over `open`: a pair that nobody has used, closed when the test ends. */
export function testRadioContract(open: () => Promise<RadioPair>, { tesla }: { readonly tesla: boolean }): void {
  const start = async (): Promise<RadioPair> => {
    const pair = await open();
    pair.car.advertise(IDENTITY, true);
    return pair;
  };
  const attached = async (pair: RadioPair): Promise<AttachedKey> => {
    const key = await pair.attach();
    if (key === undefined) throw new Error("the key could not connect");
    return key;
  };
  const framesOf = (events: readonly (CarRadioEvent | KeyRadioEvent)[]): number[] => events.flatMap((event) => (event.kind === "frameReceived" ? [event.bytes[0]!] : []));
  const kinds = (events: readonly CarRadioEvent[]): string[] => events.map(({ kind }) => kind).filter((kind) => kind !== "frameReceived");

  it("shows a key the advertised identity, and later keys the one in force then", async () => {
    const pair = await start();
    const first = await attached(pair);
    await pair.until("identity seen", () => first.events.length > 0);
    expect(first.events[0]).toEqual({ kind: "advertised", identity: IDENTITY, connectable: true });
    first.link.close();
    await pair.until("first link closed", () => kinds(pair.carEvents).length === 2);
    pair.car.advertise(OTHER_IDENTITY, true);
    const second = await attached(pair);
    await pair.until("new identity seen", () => second.events.length > 0);
    expect(second.events[0]).toEqual({ kind: "advertised", identity: OTHER_IDENTITY, connectable: true });
  });

  it("opens a link that both sides give the same room, and carries frames both ways in their order", async () => {
    const pair = await start();
    const { link, events } = await attached(pair);
    await pair.until("link opened", () => pair.carEvents.length === 1);
    expect(pair.carEvents[0]).toEqual({ kind: "linkOpened", link: 1, attPayloadBytes: link.attPayloadBytes, proximity: "local" });
    const count = 40;
    for (let i = 0; i < count; i++) expect(link.send(new Uint8Array(link.attPayloadBytes).fill(i))).toBe(true);
    await pair.until("all frames at the car", () => framesOf(pair.carEvents).length === count);
    for (let i = 0; i < count; i++) expect(pair.car.send(1, new Uint8Array(link.attPayloadBytes).fill(i))).toBe(true);
    await pair.until("all frames at the key", () => framesOf(events).length === count);
    const inOrder = Array.from({ length: count }, (_, i) => i);
    expect(framesOf(pair.carEvents)).toEqual(inOrder);
    expect(framesOf(events)).toEqual(inOrder);
    const sizes = [...pair.carEvents, ...events].flatMap((event) => (event.kind === "frameReceived" ? [event.bytes.length] : []));
    expect(new Set(sizes)).toEqual(new Set([link.attPayloadBytes]));
  });

  it("tells both sides once when the key closes, and takes nothing for the link any more", async () => {
    const pair = await start();
    const { link, events } = await attached(pair);
    await pair.until("link opened", () => pair.carEvents.length === 1);
    link.close();
    link.close();
    await pair.until("both told", () => kinds(pair.carEvents).length === 2 && events.at(-1)?.kind === "closed");
    expect(kinds(pair.carEvents)).toEqual(["linkOpened", "linkClosed"]);
    expect(events.filter(({ kind }) => kind === "closed")).toHaveLength(1);
    expect(link.send(Uint8Array.of(1))).toBe(false);
    expect(pair.car.send(1, Uint8Array.of(1))).toBe(false);
    pair.car.closeLink(1);
  });

  it("delivers what the car has sent before the car closes", async () => {
    const pair = await start();
    const { events } = await attached(pair);
    await pair.until("link opened", () => pair.carEvents.length === 1);
    for (let i = 0; i < 10; i++) pair.car.send(1, Uint8Array.of(i));
    pair.car.closeLink(1);
    expect(pair.car.send(1, Uint8Array.of(99))).toBe(false);
    await pair.until("both told", () => kinds(pair.carEvents).length === 2 && events.at(-1)?.kind === "closed");
    expect(framesOf(events)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("never gives a link the number of an earlier one", async () => {
    const pair = await start();
    for (let link = 1; link <= 3; link++) {
      const key = await attached(pair);
      await pair.until("link opened", () => kinds(pair.carEvents).length === 2 * link - 1);
      key.link.close();
      await pair.until("link closed", () => kinds(pair.carEvents).length === 2 * link);
    }
    expect(pair.carEvents.map(({ link }) => link)).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it("opens no link while it is not connectable, and keeps the one it has", async () => {
    const pair = await start();
    const { link } = await attached(pair);
    await pair.until("link opened", () => pair.carEvents.length === 1);
    pair.car.advertise(OTHER_IDENTITY, false);
    link.send(Uint8Array.of(7));
    await pair.until("the open link goes on", () => framesOf(pair.carEvents).length === 1);
    link.close();
    await pair.until("link closed", () => kinds(pair.carEvents).length === 2);
    const late = await pair.attach();
    if (late !== undefined) await pair.until("turned away", () => late.events.at(-1)?.kind === "closed");
    expect(kinds(pair.carEvents)).toEqual(["linkOpened", "linkClosed"]);
  });

  if (tesla) testDialects(open);

  it("says nothing more once it is closed", async () => {
    const pair = await start();
    const { link, events } = await attached(pair);
    await pair.until("link opened", () => pair.carEvents.length === 1);
    void pair.car.close();
    await pair.until("the key is told", () => events.at(-1)?.kind === "closed");
    expect(link.send(Uint8Array.of(1))).toBe(false);
    expect(kinds(pair.carEvents)).toEqual(["linkOpened"]);
  });
}

/** What a radio that carries the Tesla dialect promises besides. */
function testDialects(open: () => Promise<RadioPair>): void {
  const opened = (pair: RadioPair): CarRadioEvent[] => pair.carEvents.filter(({ kind }) => kind === "linkOpened");
  const closedCount = (pair: RadioPair): number => pair.carEvents.filter(({ kind }) => kind === "linkClosed").length;
  /** Comes and goes again; the dialect that the car saw, or "none" where it was turned away. */
  const visit = async (pair: RadioPair, dialect?: "tesla"): Promise<"native" | "tesla" | "none"> => {
    const before = opened(pair).length;
    const key = await pair.attach(dialect);
    await pair.until("let in or turned away", () => opened(pair).length > before || key === undefined || key.events.at(-1)?.kind === "closed");
    const [link] = opened(pair).slice(before);
    key?.link.close();
    await pair.until("gone", () => closedCount(pair) === opened(pair).length);
    return link?.kind === "linkOpened" ? (link.dialect ?? "native") : "none";
  };

  /** Returns once what is advertised has reached keys; one native link has come and gone for it. */
  const advertise = async (pair: RadioPair, identity: Uint8Array, tesla?: TeslaAdvertisement): Promise<void> => {
    const before = opened(pair).length;
    pair.car.advertise(identity, true, tesla);
    const key = await pair.attach();
    await pair.until("seen", () => key!.events.some((event) => event.kind === "advertised" && event.identity[0] === identity[0]) && opened(pair).length > before);
    key!.link.close();
    await pair.until("gone", () => closedCount(pair) === opened(pair).length);
  };

  it("tells the car the dialect of each link, and carries its bytes both ways as they come", async () => {
    const pair = await open();
    await advertise(pair, IDENTITY, { localName: TESLA_NAME, connectable: true });
    expect(opened(pair)[0]).not.toHaveProperty("dialect");
    const key = await pair.attach("tesla");
    if (key === undefined) throw new Error("the client could not connect");
    await pair.until("link opened", () => opened(pair).length === 2);
    expect(opened(pair)[1]).toEqual({ kind: "linkOpened", link: 2, attPayloadBytes: key.link.attPayloadBytes, proximity: "local", dialect: "tesla" });
    // A message of 258 bytes with its length before it, in the smallest pieces that clients write.
    const message = Uint8Array.from({ length: 260 }, (_, i) => i & 0xff);
    for (let offset = 0; offset < message.length; offset += 18) key.link.send(message.subarray(offset, offset + 18));
    const streamOf = (events: readonly (CarRadioEvent | KeyRadioEvent)[]): number[] => events.flatMap((event) => (event.kind === "frameReceived" ? [...event.bytes] : []));
    await pair.until("all at the car", () => streamOf(pair.carEvents).length === message.length);
    for (let offset = 0; offset < message.length; offset += key.link.attPayloadBytes) pair.car.send(2, message.subarray(offset, offset + key.link.attPayloadBytes));
    await pair.until("all at the client", () => streamOf(key.events).length === message.length);
    expect(streamOf(pair.carEvents)).toEqual([...message]);
    expect(streamOf(key.events)).toEqual([...message]);
  });

  it("opens no link of a dialect that is not connectable, and those of the other", async () => {
    const pair = await open();
    await advertise(pair, IDENTITY, { localName: TESLA_NAME, connectable: false });
    expect(await visit(pair, "tesla")).toBe("none");
    expect(await visit(pair)).toBe("native");
    pair.car.advertise(IDENTITY, false, { localName: TESLA_NAME, connectable: true });
    expect(await visit(pair)).toBe("none");
    expect(await visit(pair, "tesla")).toBe("tesla");
  });

  it("keeps a link whose dialect is no longer connectable", async () => {
    const pair = await open();
    await advertise(pair, IDENTITY, { localName: TESLA_NAME, connectable: true });
    const key = await pair.attach("tesla");
    await pair.until("link opened", () => opened(pair).length === 2);
    pair.car.advertise(IDENTITY, true, { localName: TESLA_NAME, connectable: false });
    key!.link.send(Uint8Array.of(7));
    await pair.until("the open link goes on", () => pair.carEvents.at(-1)?.kind === "frameReceived");
  });

  it("turns Tesla clients away from a car that does not speak Tesla, or no longer does", async () => {
    const pair = await open();
    await advertise(pair, IDENTITY);
    expect(await visit(pair, "tesla")).toBe("none");
    await advertise(pair, OTHER_IDENTITY, { localName: TESLA_NAME, connectable: true });
    expect(await visit(pair, "tesla")).toBe("tesla");
    await advertise(pair, IDENTITY);
    expect(await visit(pair, "tesla")).toBe("none");
    expect(await visit(pair)).toBe("native");
  });
}
