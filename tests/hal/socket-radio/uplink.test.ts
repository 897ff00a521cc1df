import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { CarRadioEvent } from "../../../hal/radio/index.ts";
import { CARRIED_BYTES_MAX, connect, listenForRadios, listenForUplink, watchCar, type CarWatch, type UplinkRadio } from "../../../hal/socket-radio/index.ts";
import { testFolder } from "../support/folder.ts";
import { until } from "./rig.ts";

interface Rig {
  readonly path: string;
  readonly radio: UplinkRadio;
  readonly events: CarRadioEvent[];
  readonly lists: Uint8Array[];
}

async function startUplink(): Promise<Rig> {
  const path = join(testFolder(), "uplink");
  const events: CarRadioEvent[] = [];
  const lists: Uint8Array[] = [];
  const opened = await listenForUplink({ path, onEvent: (event) => events.push(event), onList: (list) => lists.push(list) });
  if (!opened.ok) throw new Error(opened.error.message);
  onTestFinished(() => opened.value.close());
  return { path, radio: opened.value, events, lists };
}

function watch(path: string): { readonly car: CarWatch; readonly reports: string[]; readonly ends: string[] } {
  const reports: string[] = [];
  const ends: string[] = [];
  const car = watchCar({ at: { path }, onReport: (bytes) => reports.push(Buffer.from(bytes).toString()), onEnd: (why) => ends.push(why) });
  onTestFinished(() => car.close());
  return { car, reports, ends };
}

describe("the car's side of its uplink", () => {
  it("is a socket of this user alone, whose links prove no proximity", async () => {
    const { path, events, radio } = await startUplink();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const frames: Uint8Array[] = [];
    const link = await connect({ at: { path }, onEvent: (event) => event.kind === "frameReceived" && frames.push(event.bytes) });
    if (!link.ok) throw new Error(link.error.message);
    link.value.send(Uint8Array.of(1, 2));
    await until(() => events.length === 2);
    expect(events).toEqual([{ kind: "linkOpened", link: 1, attPayloadBytes: 512, proximity: "remote" }, { kind: "frameReceived", link: 1, bytes: Uint8Array.of(1, 2) }]);
    radio.send(1, Uint8Array.of(3));
    await until(() => frames.length === 1);
    link.value.close();
    await until(() => events.at(-1)?.kind === "linkClosed");
  });

  it("speaks the native dialect alone, whatever the car speaks elsewhere", async () => {
    const { path, events, radio } = await startUplink();
    radio.advertise(Uint8Array.of(7), true, { localName: "S1a87a5a75f3df858C", connectable: true });
    const told: string[] = [];
    const link = await connect({ at: { path }, dialect: "tesla", onEvent: ({ kind }) => told.push(kind) });
    if (!link.ok) throw new Error(link.error.message);
    await until(() => told.includes("closed"));
    expect(events).toEqual([]);
  });

  it("tells whoever watches what the car reports, the last report first", async () => {
    const { path, radio } = await startUplink();
    radio.advertise(Uint8Array.of(7), true);
    radio.report(Buffer.from('{"a":1}'));
    const { reports } = watch(path);
    await until(() => reports.length === 1);
    const long = `{"b":"${"x".repeat(CARRIED_BYTES_MAX - 8)}"}`;
    radio.report(Buffer.from(long));
    await until(() => reports.length === 2);
    expect(reports).toEqual(['{"a":1}', long]);
  });

  it("takes revocation lists from whoever watches, up to their bound, and closes the connection beyond it", async () => {
    const { path, lists } = await startUplink();
    const { car, ends } = watch(path);
    const list = new Uint8Array(CARRIED_BYTES_MAX).fill(0xd2);
    await until(() => car.sendList(Uint8Array.of(1)));
    await until(() => lists.length === 1);
    car.sendList(list);
    await until(() => lists.at(-1)?.length === CARRIED_BYTES_MAX);
    car.sendList(new Uint8Array(CARRIED_BYTES_MAX + 1));
    await until(() => ends.length === 1);
    expect(lists.some(({ length }) => length > CARRIED_BYTES_MAX)).toBe(false);
  });

  it("takes no list from a link, and a radio's socket takes none at all", async () => {
    const { path, lists } = await startUplink();
    const closes: string[] = [];
    const link = await connect({ at: { path }, onEvent: (event) => event.kind === "closed" && closes.push(event.why) });
    if (!link.ok) throw new Error(link.error.message);
    const radioPath = join(testFolder(), "radio");
    const radio = await listenForRadios({ path: radioPath, onEvent: () => undefined });
    if (!radio.ok) throw new Error(radio.error.message);
    onTestFinished(() => radio.value.close());
    const { car, ends } = watch(radioPath);
    await until(() => car.sendList(Uint8Array.of(1)));
    await until(() => ends.length === 1);
    expect(lists).toEqual([]);
  });

  it("does not wait for a watcher that reads nothing: it closes it and goes on", async () => {
    const { path, radio } = await startUplink();
    const { createConnection } = await import("node:net");
    const deaf = createConnection({ path });
    onTestFinished(() => void deaf.destroy());
    let closed = false;
    deaf.on("error", () => undefined).on("close", () => (closed = true)).pause();
    deaf.write(Uint8Array.of(0, 1, 3));
    const report = new Uint8Array(CARRIED_BYTES_MAX).fill(0x20);
    // More than a socket's buffers and the backlog hold together.
    for (let i = 0; i < 400; i++) {
      radio.report(report);
      await new Promise((resolve) => setImmediate(resolve));
    }
    deaf.resume();
    await until(() => closed);
    const { reports } = watch(path);
    await until(() => reports.length > 0);
  });
});
