import { afterAll, describe, expect, it } from "vitest";
import type { FlashGeometry } from "../../firmware/ports/index.ts";
import { mountRecords, TABLES } from "../../firmware/records/index.ts";
import { imagesAfterCut, SimFlash } from "../../sim/flash/index.ts";
import { cutsBetween, cutsInside, type Cut } from "./cuts.ts";
import { fingerprint, GEOMETRIES, nameOf, Recorder, verdict } from "./harness.ts";
import { choices, liveThrough, put, remove, someValue } from "./scenario.ts";

const counts = { inside: 0, between: 0, second: 0 };

afterAll(() => {
  const { inside, between, second } = counts;
  console.log(`power cuts: ${inside + between + second} states mounted (${inside} cuts inside an operation, ${between} mixtures of unsynced ones, ${second} second cuts)`);
});

function record(geometry: FlashGeometry): Recorder {
  const recorder = new Recorder(new SimFlash({ geometry }));
  liveThrough(recorder, 7, geometry.sectorBytes === 512 ? 4 : 1.5);
  return recorder;
}

/** The first thing wrong with any of `cuts`, so that the failure names the cut. */
function firstWrong(cuts: Iterable<Cut>, geometry: FlashGeometry, states: readonly string[], tally: keyof typeof counts): string | undefined {
  for (const { image, moment, where } of cuts) {
    counts[tally]++;
    const wrong = verdict(image, geometry, moment, states);
    if (wrong !== undefined) return `${where}: ${wrong}`;
  }
  return undefined;
}

describe.each(GEOMETRIES.map((geometry) => [nameOf(geometry), geometry] as const))("a power cut on %s", (_name, geometry) => {
  const recorder = record(geometry);
  const { moments, states } = recorder;
  const medium = geometry.erasedByte === 0xff ? "bits" : "overlay";
  const stride = geometry.sectorBytes > 1024 ? 5 : 1;

  it("meets a run that reaches its goal: every sector turned over, copies made, the store full and freed again", () => {
    const programs = moments.flatMap(({ operation }) => (operation.kind === "program" ? [operation] : []));
    const erased = new Set(moments.flatMap(({ operation }) => (operation.kind === "erase" ? [operation.sector] : [])));
    const headers = programs.filter(({ offset }) => offset % geometry.sectorBytes === 0).length;
    const commits = states.length - 1 - recorder.failures.length;
    expect(erased.size).toBe(geometry.sectorCount);
    expect(programs.length - headers - commits).toBeGreaterThan(0); // batches that no commit asked for: copies
    expect(recorder.failures.map(({ kind }) => kind)).toContain("full");
    expect(recorder.failures.filter(({ kind }) => kind !== "full")).toEqual([]);
    expect(verdict(recorder.flash.image(), geometry, { acknowledged: states.length - 1, attempted: states.length - 1 }, states)).toBeUndefined();
  });

  it("inside any operation leaves the acknowledged state or a whole later one", () => {
    expect(firstWrong(cutsInside({ geometry, moments }, medium, stride), geometry, states, "inside")).toBeUndefined();
  });

  it.each(["bits", "overlay"] as const)("that loses, tears or reorders unsynced operations leaves such a state too (%s)", (kind) => {
    expect(firstWrong(cutsBetween({ geometry, moments }, kind, 12), geometry, states, "between")).toBeUndefined();
  });

  it("in what follows a recovery from a power cut leaves such a state too", () => {
    let nth = 0;
    const firsts = [...cutsBetween({ geometry, moments }, medium, 2), ...cutsInside({ geometry, moments }, medium, 29)].filter(() => nth++ % 31 === 0);
    for (const first of firsts) {
      const again = new Recorder(new SimFlash({ geometry, medium }, first.image));
      const big = new Uint8Array(Math.min(90, geometry.sectorBytes / 8)).fill(7);
      again.commit([put(TABLES.attempts, 1, big.subarray(0, 20)), remove(TABLES.keys, 1)]);
      again.sync();
      again.commit([put(TABLES.time, 1, big)]);
      again.commit([put(TABLES.time, 1, big.subarray(1))]);
      again.sync();
      // Four sectors of 512 bytes may be full of records; that sectors run out would be another thing.
      expect(again.failures.filter(({ detail }) => !detail.includes("bytes of records")), first.where).toEqual([]);
      const run = { geometry, moments: again.moments, before: first.image };
      const wrong =
        firstWrong(cutsInside(run, medium, 7), geometry, again.states, "second") ?? firstWrong(cutsBetween(run, medium, 4), geometry, again.states, "second");
      if (wrong !== undefined) expect.fail(`${first.where}; then ${wrong}`);
    }
  });
});

describe("a car that loses power again and again", () => {
  it.each(GEOMETRIES.map((geometry) => [nameOf(geometry), geometry] as const))("after every commit keeps what it acknowledged and never runs out of sectors: %s", (_name, geometry) => {
    let flash = new SimFlash({ geometry });
    let expected = "";
    for (let boot = 0; boot < 60; boot++) {
      const recorder = new Recorder(flash);
      if (boot > 0) expect(fingerprint(recorder.store)).toBe(expected);
      expect(recorder.commit([put(TABLES.attempts, boot % 3, Uint8Array.of(boot, 1, 2, 3, 4, 5, 6, 7))])).toBe(true);
      recorder.sync();
      expected = fingerprint(recorder.store);
      // A commit that power cuts short after 40 bytes.
      flash.cutAt({ afterSteps: 40, byteTear: "both", eraseTear: "firstHalf" });
      expect(() => recorder.commit([put(TABLES.attempts, 3, new Uint8Array(20).fill(boot + 1))])).toThrow("power cut");
      flash = flash.restart(flash.image());
    }
  });
});

describe("several lives in a row, each ended by a power cut", () => {
  /** About one in `of` of `items`. */
  const some = <T>(items: Iterable<T>, pick: (below: number) => number, of: number): T[] => [...items].filter(() => pick(of) === 0);

  it.each(GEOMETRIES.filter(({ sectorBytes }) => sectorBytes <= 1024).map((geometry) => [nameOf(geometry), geometry] as const))("never bring back what an earlier life had given up: %s", (_name, geometry) => {
    const medium = "overlay";
    const pick = choices(100);
    const recorder = new Recorder(new SimFlash({ geometry, medium }));
    liveThrough(recorder, 100, 2);
    const run = { geometry, moments: recorder.moments };
    for (const first of [...some(cutsBetween(run, medium, 6), pick, 60), ...some(cutsInside(run, medium, 7), pick, 90)]) {
      let { image, where } = first;
      for (let life = 0; life < 3; life++) {
        const again = new Recorder(new SimFlash({ geometry, medium }, image));
        for (let i = 2 + pick(4); i > 0; i--) {
          again.commit([put(TABLES.attempts, pick(4), someValue(pick, 60)), put(TABLES.audit, pick(2), someValue(pick, 30))]);
          if (pick(2) === 0) again.sync();
        }
        const next = { geometry, moments: again.moments, before: image };
        const cuts = [...some(cutsBetween(next, medium, 6), pick, 3), ...some(cutsInside(next, medium, 5), pick, 3)];
        const wrong = firstWrong(cuts, geometry, again.states, "second");
        if (wrong !== undefined) expect.fail(`${where}; then ${wrong}`);
        const last = cuts[pick(cuts.length)];
        if (last === undefined) break;
        image = last.image;
        where += `; ${last.where}`;
      }
    }
  });
});

describe("a process that is killed between a write and its sync", () => {
  it.each(GEOMETRIES.filter(({ sectorBytes }) => sectorBytes <= 1024).map((geometry) => [nameOf(geometry), geometry] as const))("is followed by one that loses nothing when power fails before its first sync: %s", (_name, geometry) => {
    const recorder = new Recorder(new SimFlash({ geometry, medium: "overlay" }));
    const pick = choices(9);
    let checked = 0;
    for (let step = 0; step < 120; step++) {
      recorder.commit([put(TABLES.attempts, step % 3, someValue(pick, 24))]);
      if (step > 20) {
        const killed = recorder.flash.branch();
        const mounted = mountRecords(killed);
        if (!mounted.ok) throw new Error(mounted.error.detail);
        const { store } = mounted.value;
        const states = [...recorder.states];
        // Enough to open whatever sectors it takes for free.
        for (let i = 0; i < geometry.sectorBytes / 25; i++) {
          store.commit([put(TABLES.attempts, 0, someValue(pick, 24))]);
          states.push(fingerprint(store));
        }
        const moment = { acknowledged: recorder.acknowledgedState, attempted: states.length - 1 };
        for (const image of imagesAfterCut(killed.durableImage(), killed.unsynced, killed.shape, { samples: 6, seed: step })) {
          counts.between++;
          checked++;
          const wrong = verdict(image, geometry, moment, states);
          if (wrong !== undefined) expect.fail(`killed at step ${step}: ${wrong}`);
        }
      }
      if (pick(3) === 0) recorder.sync();
    }
    expect(checked).toBeGreaterThan(1000);
    expect(recorder.flash.counters.erases).toBeGreaterThan(0);
  });
});
