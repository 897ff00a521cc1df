import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { toBase64Url, utf8Encode } from "../../../firmware/base/index.ts";
import { INBOX_BYTES_MAX, POLL_GAP_MS } from "../../../scripts/uplink/uplink.ts";
import { FRAME_COUNT_MAX, LINK_COUNT_MAX } from "../../../scripts/uplink/links.ts";
import { inboxes, json, NO_ANSWER, testUplink } from "./rig.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const frame = (link: string, ...bytes: number[]): object => ({ kind: "frame", link, bytes: toBase64Url(Uint8Array.from(bytes)) });
const opened = (link: string): object => ({ kind: "opened", link });
const REPORT = utf8Encode(JSON.stringify({ model: "van", signals: { "Vehicle.Speed": 0 }, extra: 1 }));

describe("an uplink", () => {
  it("opens a car link for each of the courier, and carries frames in order both ways", async () => {
    const { uplink, car, gate, asked } = testUplink(inboxes(json(200, { items: [opened("a"), frame("a", 1), frame("a", 2)], next: 3 })));
    void uplink.run();
    await vi.advanceTimersByTimeAsync(POLL_GAP_MS);
    expect(car.links.map(({ frames }) => frames)).toEqual([[toBase64Url(Uint8Array.of(1)), toBase64Url(Uint8Array.of(2))]]);
    car.links[0]!.handlers.onFrame(Uint8Array.of(7));
    car.links[0]!.handlers.onFrame(Uint8Array.of(8));
    car.links[0]!.handlers.onClosed();
    await vi.advanceTimersByTimeAsync(0);
    const outbox = asked.filter(({ path }) => path === "/v1/uplink/outbox").flatMap(({ body }) => (body as { items: object[] }).items);
    expect(outbox).toEqual([frame("a", 7), frame("a", 8), { kind: "closed", link: "a" }]);
    expect(asked.at(-1)!.path).not.toContain("after=0");
    gate.close();
  });

  it("acknowledges what it has taken with the next poll", async () => {
    const { uplink, gate, asked } = testUplink(inboxes(json(200, { items: [opened("a")], next: 41 })));
    void uplink.run();
    await vi.advanceTimersByTimeAsync(POLL_GAP_MS);
    expect(asked.map(({ path }) => new URLSearchParams(path.split("?")[1]).get("after"))).toEqual(["0", "41"]);
    expect(asked[0]).toMatchObject({ token: "t", bytesMax: INBOX_BYTES_MAX });
    gate.close();
  });

  it("closes the car's link when the courier's ends, and all of them when it ends itself", async () => {
    const { uplink, car, gate } = testUplink(inboxes(json(200, { items: [opened("a"), opened("b")], next: 2 }), json(200, { items: [{ kind: "closed", link: "a" }], next: 3 })));
    const running = uplink.run();
    await vi.advanceTimersByTimeAsync(2 * POLL_GAP_MS);
    expect(car.links.map(({ closed }) => closed)).toEqual([true, false]);
    gate.close();
    await vi.advanceTimersByTimeAsync(POLL_GAP_MS);
    await running;
    expect(car.links.map(({ closed }) => closed)).toEqual([true, true]);
  });

  it("tells the newest report, one request at a time, and nothing but signals and model", async () => {
    const answers: ((outcome: ReturnType<typeof json>) => void)[] = [];
    const { uplink, asked } = testUplink(() => new Promise((resolve) => answers.push(resolve)));
    for (let speed = 0; speed < 5; speed++) uplink.reported(utf8Encode(JSON.stringify({ signals: { "Vehicle.Speed": speed } })));
    uplink.reported(REPORT);
    await vi.advanceTimersByTimeAsync(0);
    expect(asked.length).toBe(1);
    answers[0]!(json(202, {}));
    await vi.advanceTimersByTimeAsync(0);
    expect(asked.map(({ body }) => body)).toEqual([{ report: { signals: { "Vehicle.Speed": 0 } } }, { report: { signals: { "Vehicle.Speed": 0 } }, model: "van" }]);
    answers[1]!(json(202, {}));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.length).toBe(2);
  });

  it("tells a report again when the cloud is back, and never again one that the cloud will not have", async () => {
    const statuses = [500, 413];
    const { uplink, asked } = testUplink(() => json(statuses.shift() ?? 202, {}));
    uplink.reported(REPORT);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(asked.length).toBe(2);
  });

  it("drops a report that is none", async () => {
    const { uplink, asked } = testUplink(() => json(202, {}));
    for (const text of ["", "[]", "{}", '{"signals":[]}', '{"signals":1}']) uplink.reported(utf8Encode(text));
    await vi.advanceTimersByTimeAsync(0);
    expect([asked.length, uplink.counts.dropped]).toEqual([0, 5]);
  });

  it("hands over the newest list, later where the car does not listen yet", async () => {
    const list = (byte: number): object => ({ kind: "list", bytes: toBase64Url(Uint8Array.of(byte)) });
    const { uplink, car, gate } = testUplink(inboxes(json(200, { items: [list(1), list(2)], next: 2 })));
    car.listens = false;
    void uplink.run();
    await vi.advanceTimersByTimeAsync(POLL_GAP_MS);
    expect(car.lists).toEqual([]);
    car.listens = true;
    uplink.reported(REPORT);
    expect(car.lists).toEqual([toBase64Url(Uint8Array.of(2))]);
    uplink.reported(REPORT);
    expect(car.lists.length).toBe(1);
    gate.close();
  });

  it("passes on what it is told of a release", async () => {
    const release = { kind: "release", model: "van", version: "2", sequenceNumber: 7, sizeBytes: 100 };
    const { uplink, gate, releases } = testUplink(inboxes(json(200, { items: [release, { ...release, sizeBytes: 1e12 }, { ...release, model: 1 }], next: 2 })));
    void uplink.run();
    await vi.advanceTimersByTimeAsync(POLL_GAP_MS);
    expect(releases).toEqual([release]);
    gate.close();
  });
});

describe("a hostile cloud", () => {
  it("is counted and changes nothing where its items have no place", async () => {
    const odd = [frame("unknown", 1), { kind: "closed", link: "unknown" }, { kind: "unlock" }, null, 7, "x", { kind: "frame", link: "a", bytes: "!" }, { kind: "frame", link: "a", bytes: toBase64Url(new Uint8Array(513)) }, { kind: "frame", link: {}, bytes: "AA" }, { kind: "opened", link: "x".repeat(65) }];
    const { uplink, car, gate } = testUplink(inboxes(json(200, { items: [opened("a"), ...odd, opened("a")], next: 20 })));
    void uplink.run();
    await vi.advanceTimersByTimeAsync(POLL_GAP_MS);
    expect(uplink.counts.dropped).toBe(odd.length + 1);
    expect(car.links.map(({ frames }) => frames)).toEqual([[]]);
    gate.close();
  });

  it("opens no more links than a courier has", async () => {
    const { uplink, car, gate } = testUplink(inboxes(json(200, { items: Array.from({ length: 60 }, (_, i) => opened(`l${i}`)), next: 60 })));
    void uplink.run();
    await vi.advanceTimersByTimeAsync(POLL_GAP_MS);
    expect(car.links.length).toBe(LINK_COUNT_MAX);
    gate.close();
  });

  it("has no more frames kept for a car that is slow to open a link than a bound", async () => {
    let open!: () => void;
    const { uplink, car, gate, asked } = testUplink(inboxes(json(200, { items: [opened("a"), ...Array.from({ length: FRAME_COUNT_MAX + 5 }, () => frame("a", 1))], next: 60 })));
    car.hold = new Promise((resolve) => (open = resolve));
    void uplink.run();
    await vi.advanceTimersByTimeAsync(POLL_GAP_MS);
    open();
    await vi.advanceTimersByTimeAsync(0);
    expect(car.links).toMatchObject([{ frames: [], closed: true }]);
    expect(asked.some(({ body }) => JSON.stringify(body)?.includes("closed"))).toBe(true);
    gate.close();
  });

  it("costs a link, not memory, where it does not take what the car says", async () => {
    const { uplink, car, gate } = testUplink(({ path }) => (path.includes("after=0") ? json(200, { items: [opened("a")], next: 1 }) : NO_ANSWER));
    void uplink.run();
    await vi.advanceTimersByTimeAsync(POLL_GAP_MS);
    let count = 0;
    while (!car.links[0]!.closed) {
      car.links[0]!.handlers.onFrame(Uint8Array.of(1));
      await vi.advanceTimersByTimeAsync(0);
      expect(++count).toBeLessThanOrEqual(2 * FRAME_COUNT_MAX + 1);
    }
    gate.close();
  });

  it("loses a link of which frames may not have arrived, and no other", async () => {
    const { uplink, car, gate } = testUplink(({ path }) => (path.includes("after=0") ? json(200, { items: [opened("a"), opened("b")], next: 1 }) : path.includes("inbox") ? NO_ANSWER : json(500, {})));
    void uplink.run();
    await vi.advanceTimersByTimeAsync(POLL_GAP_MS);
    car.links[0]!.handlers.onFrame(Uint8Array.of(1));
    await vi.advanceTimersByTimeAsync(0);
    expect(car.links.map(({ closed }) => closed)).toEqual([true, false]);
    gate.close();
  });

  it.each([
    ["replays an old answer", json(200, { items: [{ kind: "opened", link: "a" }], next: 1 })],
    ["goes back", json(200, { items: [], next: 0 })],
    ["sends items that are none", json(200, { items: Array.from({ length: 64 }, () => 1), next: 99 })],
    ["sends no JSON", { ok: true, value: { status: 200, body: utf8Encode("<html>"), retryAfterS: undefined } } as const],
    ["sends numbers that are none", json(200, { items: [], next: "7" })],
    ["refuses everything", json(401, {})],
    ["does not know the way", json(404, {})],
    ["fails", json(500, {})],
  ])("that %s is asked a few times an hour and opens nothing", async (_, answer) => {
    const first = json(200, { items: [], next: 1 });
    let count = 0;
    const { uplink, car, gate, asked } = testUplink(() => (count++ === 0 ? first : answer));
    void uplink.run();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(car.links).toEqual([]);
    expect(asked.length).toBeLessThanOrEqual(40);
    gate.close();
    await vi.advanceTimersByTimeAsync(1_000);
  });

  it("that floods is asked a bounded number of times a second, and one that answers empty at once far less", async () => {
    let next = 0;
    const flood = testUplink(() => json(200, { items: [{ kind: "closed", link: "x" }], next: ++next }));
    void flood.uplink.run();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(flood.asked.length).toBeLessThanOrEqual(10_000 / POLL_GAP_MS + 1);
    flood.gate.close();
    const empty = testUplink(() => json(200, { items: [], next: 0 }));
    void empty.uplink.run();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(empty.asked.length).toBeLessThanOrEqual(11);
    empty.gate.close();
    await vi.advanceTimersByTimeAsync(1_000);
  });
});

describe("a cloud that cannot be reached", () => {
  it("is offline at the first unknown name, for every direction at once, and asked one thing when the wait is over", async () => {
    let isGone = true;
    const { uplink, gate, asked, events } = testUplink(() => (isGone ? { ok: false, error: { kind: "noSuchHost", message: "no name" } } : NO_ANSWER));
    void uplink.run();
    await vi.advanceTimersByTimeAsync(0);
    uplink.reported(REPORT);
    await vi.advanceTimersByTimeAsync(1_900);
    expect(asked.length).toBe(1);
    expect(events).toEqual([{ kind: "offline", why: "no name" }]);
    isGone = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.length).toBe(2);
    gate.close();
  });

  it("is not waited for by a long poll when it may be back", async () => {
    let isGone = true;
    const { uplink, gate, asked } = testUplink(() => (isGone ? json(500, {}) : NO_ANSWER));
    void uplink.run();
    await vi.advanceTimersByTimeAsync(10_000);
    isGone = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect([asked[0]!.path, asked.at(-1)!.path].map((path) => path.split("waitMs=")[1])).toEqual(["25000", "0"]);
    gate.close();
  });

  it("is told about once for each change", async () => {
    const { uplink, events } = testUplink(({ body }) => json(JSON.stringify(body).includes("bad") ? 500 : 202, {}));
    const report = (word: string): void => uplink.reported(utf8Encode(JSON.stringify({ signals: { word } })));
    report("good");
    await vi.advanceTimersByTimeAsync(1_000);
    report("bad");
    await vi.advanceTimersByTimeAsync(30_000);
    report("good again");
    await vi.advanceTimersByTimeAsync(600_000);
    expect(events.map(({ kind }) => kind)).toEqual(["online", "offline", "online"]);
  });
});
