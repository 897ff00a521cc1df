import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { CarRadio, CarRadioEvent, KeyRadioEvent } from "../../../hal/radio/index.ts";
import { bridgeRadio } from "../../../hal/radio-process/index.ts";
import { connect, listen, listenForRadios } from "../../../hal/socket-radio/index.ts";
import { testRadioContract, type RadioPair } from "../radio/contract.ts";
import { until } from "../socket-radio/rig.ts";
import { testFolder } from "../support/folder.ts";

interface Bridged extends RadioPair {
  /** The radio on the other side of the bridge, and what it tells. */
  readonly radio: CarRadio;
  readonly goneWhy: string[];
}

/** A car behind a Unix socket, joined to a radio: here one that keys reach over TCP. */
async function bridged(): Promise<Bridged> {
  const at = { path: join(testFolder(), "radio") };
  const carEvents: CarRadioEvent[] = [];
  const car = await listenForRadios({ ...at, onEvent: (event) => carEvents.push(event) });
  if (!car.ok) throw new Error(car.error.message);
  onTestFinished(() => car.value.close());
  let toBridge: (event: CarRadioEvent) => void = () => undefined;
  const near = await listen({ port: 0, attPayloadBytes: 60, onEvent: (event) => toBridge(event) });
  if (!near.ok) throw new Error(near.error.message);
  onTestFinished(() => near.value.close());
  const goneWhy: string[] = [];
  const radio = bridgeRadio({
    at,
    openRadio: (onEvent) => {
      toBridge = onEvent;
      return near.value;
    },
    onCarGone: (why) => goneWhy.push(why),
  });
  return {
    radio,
    goneWhy,
    car: car.value,
    carEvents,
    attach: async (dialect) => {
      const events: KeyRadioEvent[] = [];
      const opened = await connect({ at: near.value.address, dialect, onEvent: (event) => events.push(event) });
      if (!opened.ok) return undefined;
      onTestFinished(() => opened.value.close());
      return { link: opened.value, events };
    },
    until: (_, holds) => until(holds),
  };
}

describe("a radio in a process of its own", () => {
  testRadioContract(bridged, { tesla: true });

  it("passes on frames that came before its connection to the car was made", async () => {
    const pair = await bridged();
    pair.car.advertise(Uint8Array.of(1), true);
    const key = await pair.attach();
    for (let i = 0; i < 20; i++) key!.link.send(Uint8Array.of(i));
    await until(() => pair.carEvents.filter(({ kind }) => kind === "frameReceived").length === 20);
  });

  it("shows the car's name as long as the car does, and no longer", async () => {
    const at = { path: join(testFolder(), "radio") };
    const car = await listenForRadios({ ...at, onEvent: () => undefined });
    if (!car.ok) throw new Error(car.error.message);
    onTestFinished(() => car.value.close());
    const shown: unknown[][] = [];
    bridgeRadio({ at, openRadio: () => ({ advertise: (...what: unknown[]) => shown.push(what) }) as unknown as CarRadio, onCarGone: () => undefined });
    const tesla = { localName: "S1a87a5a75f3df858C", connectable: false };
    car.value.advertise(Uint8Array.of(1), true, tesla);
    await until(() => shown.length === 1);
    car.value.advertise(Uint8Array.of(2), true);
    await until(() => shown.length === 2);
    expect(shown).toEqual([[Uint8Array.of(1), true, expect.objectContaining(tesla)], [Uint8Array.of(2), true, undefined]]);
  });

  it("cuts what a Tesla client writes after its room has grown to what the connection to the car takes, and hands on that it has read something", async () => {
    const at = { path: join(testFolder(), "radio") };
    const carEvents: CarRadioEvent[] = [];
    const car = await listenForRadios({ ...at, onEvent: (event) => carEvents.push(event) });
    if (!car.ok) throw new Error(car.error.message);
    onTestFinished(() => car.value.close());
    car.value.advertise(Uint8Array.of(1), true, { localName: "S1a87a5a75f3df858C", connectable: true });
    let tell: (event: CarRadioEvent) => void = () => undefined;
    bridgeRadio({
      at,
      openRadio: (onEvent) => {
        tell = onEvent;
        return { advertise: () => undefined, closeLink: () => undefined } as unknown as CarRadio;
      },
      onCarGone: () => undefined,
    });
    tell({ kind: "linkOpened", link: 1, attPayloadBytes: 20, proximity: "local", dialect: "tesla" });
    tell({ kind: "frameReceived", link: 1, bytes: Uint8Array.from({ length: 50 }, (_, i) => i) });
    await until(() => carEvents.length === 4);
    tell({ kind: "linkUsed", link: 1 });
    await until(() => carEvents.length === 5);
    expect(carEvents.pop()).toEqual({ kind: "linkUsed", link: carEvents[0]!.link });
    expect(carEvents.slice(1).map((event) => event.kind === "frameReceived" && event.bytes.length)).toEqual([20, 20, 10]);
    expect(carEvents.flatMap((event) => (event.kind === "frameReceived" ? [...event.bytes] : []))).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it("is told once that the car is gone", async () => {
    const pair = await bridged();
    pair.car.advertise(Uint8Array.of(1), true);
    const key = await pair.attach();
    await until(() => key!.events.length > 0);
    await pair.car.close();
    await until(() => pair.goneWhy.length === 1 && key!.events.at(-1)?.kind === "closed");
  });

  it("says why where there is no car", async () => {
    const goneWhy: string[] = [];
    const path = join(testFolder(), "nobody");
    bridgeRadio({ at: { path }, openRadio: () => ({ advertise: () => undefined }) as unknown as CarRadio, onCarGone: (why) => goneWhy.push(why) });
    await until(() => goneWhy.length === 1);
    expect(goneWhy[0]).toContain(`${path} cannot be reached`);
  });
});
