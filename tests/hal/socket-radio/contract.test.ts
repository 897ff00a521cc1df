import { join } from "node:path";
import { describe, onTestFinished } from "vitest";
import type { CarRadioEvent, KeyRadioEvent } from "../../../hal/radio/index.ts";
import { connect, listenForRadios, type SocketAddress, type UnixAddress } from "../../../hal/socket-radio/index.ts";
import { testRadioContract, type RadioPair } from "../radio/contract.ts";
import { testFolder } from "../support/folder.ts";
import { startRadio, until } from "./rig.ts";

function pairAt(at: SocketAddress | UnixAddress, car: RadioPair["car"], carEvents: readonly CarRadioEvent[]): RadioPair {
  return {
    car,
    carEvents,
    attach: async (dialect) => {
      const events: KeyRadioEvent[] = [];
      const opened = await connect({ at, dialect, onEvent: (event) => events.push(event) });
      if (!opened.ok) return undefined;
      onTestFinished(() => opened.value.close());
      return { link: opened.value, events };
    },
    until: (_, holds) => until(holds),
  };
}

describe("the socket radio over TCP", () => {
  testRadioContract(async () => {
    const { radio, events, port } = await startRadio();
    return pairAt({ host: "127.0.0.1", port }, radio, events);
  }, { tesla: true });
});

describe("the socket radio over a Unix socket", () => {
  testRadioContract(async () => {
    const path = join(testFolder(), "radio");
    const events: CarRadioEvent[] = [];
    const opened = await listenForRadios({ path, onEvent: (event) => events.push(event) });
    if (!opened.ok) throw new Error(opened.error.message);
    onTestFinished(() => opened.value.close());
    return pairAt({ path }, opened.value, events);
  }, { tesla: true });
});
