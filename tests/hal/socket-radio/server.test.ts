import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, it, vi } from "vitest";
import { concat } from "../../../firmware/base/index.ts";
import { CONNECTION_COUNT_MAX, HELLO_TIMEOUT_MS, isLoopback, listen, RECORD_TIMEOUT_MS } from "../../../hal/socket-radio/index.ts";
import { seededRandom } from "../../support/random.ts";
import { hex } from "../crypto/vectors.ts";
import { HELLO, rawClient, shortly, startRadio, until } from "./rig.ts";

const SERVER_HELLO = "000400010200";
const IDENTITY = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

afterEach(() => {
  vi.useRealTimers();
});

/** Timers stand still until the test moves them; sockets run on. */
function holdTimers(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
}

describe("a link over the socket radio", () => {
  it("opens with the client's hello, carries frames both ways and closes with the client", async () => {
    const { radio, events, port } = await startRadio();
    const client = await rawClient(port);
    await until(() => client.received() === SERVER_HELLO);
    expect(events).toEqual([]);
    client.send(concat(hex("0004 00 01 00f4"), hex("0003 01 c4aa")));
    await until(() => events.length === 2);
    expect(events).toEqual([
      { kind: "linkOpened", link: 1, attPayloadBytes: 244, proximity: "local" },
      { kind: "frameReceived", link: 1, bytes: hex("c4aa") },
    ]);
    expect(radio.send(1, hex("c1bb"))).toBe(true);
    await until(() => client.received() === `${SERVER_HELLO}000301c1bb`);
    client.socket.end();
    await until(() => events.length === 3);
    expect(events[2]).toEqual({ kind: "linkClosed", link: 1 });
    expect(radio.send(1, hex("c1"))).toBe(false);
    radio.closeLink(1);
  });

  it("agrees on the smaller ATT payload of both sides", async () => {
    const { events, port } = await startRadio({ attPayloadBytes: 100 });
    (await rawClient(port)).send(HELLO);
    (await rawClient(port)).send(hex("0004 00 01 0014"));
    await until(() => events.length === 2);
    expect(events.map((event) => event.kind === "linkOpened" && event.attPayloadBytes).sort()).toEqual([100, 20]);
  });

  it("never uses the number of a link again", async () => {
    const { events, port } = await startRadio();
    for (let i = 1; i <= 3; i++) {
      const client = await rawClient(port);
      client.send(HELLO);
      await until(() => events.length === 2 * i - 1);
      client.socket.destroy();
      await until(() => events.length === 2 * i);
    }
    expect(shortly(events)).toEqual(["linkOpened 1", "linkClosed 1", "linkOpened 2", "linkClosed 2", "linkOpened 3", "linkClosed 3"]);
  });

  it("delivers the last frame before it closes a link, and hears nothing from it any more", async () => {
    const { radio, events, port } = await startRadio();
    const client = await rawClient(port);
    client.send(HELLO);
    await until(() => events.length === 1);
    radio.send(1, hex("c4"));
    radio.closeLink(1);
    radio.closeLink(1);
    client.send(hex("0002 01 ff"));
    await until(() => client.closed && events.length === 2);
    expect(client.received()).toBe(`${SERVER_HELLO}000201c4`);
    expect(shortly(events)).toEqual(["linkOpened 1", "linkClosed 1"]);
  });

  it("is cut off where the client does not close its side in time", async () => {
    holdTimers();
    const { radio, events, port } = await startRadio();
    const client = await rawClient(port);
    client.socket.allowHalfOpen = true;
    client.send(HELLO);
    await until(() => events.length === 1);
    radio.closeLink(1);
    await until(() => client.socket.readableEnded);
    expect(events.length).toBe(1);
    vi.advanceTimersByTime(1000);
    await until(() => events.length === 2);
    client.socket.destroy();
  });

  it("may be closed, and the radio used, from within its own events", async () => {
    const started = await startRadio({
      onEvent(event) {
        if (event.kind === "linkOpened") started.radio.send(event.link, hex("c4"));
        if (event.kind === "frameReceived") started.radio.closeLink(event.link);
        started.events.push(event);
      },
    });
    const client = await rawClient(started.port);
    client.send(concat(HELLO, hex("0002 01 01"), hex("0002 01 02")));
    await until(() => client.closed && started.events.length === 3);
    expect(shortly(started.events)).toEqual(["linkOpened 1", "frameReceived 1", "linkClosed 1"]);
    expect(client.received()).toBe(`${SERVER_HELLO}000201c4`);
  });
});

describe("the advertisement", () => {
  it("comes after the hello, and again at each change, link or not", async () => {
    const { radio, events, port } = await startRadio();
    const early = await rawClient(port);
    await until(() => early.received() === SERVER_HELLO);
    radio.advertise(IDENTITY, true);
    await until(() => early.received() === `${SERVER_HELLO}000a02010102030405060708`);
    const late = await rawClient(port);
    await until(() => late.received() === `${SERVER_HELLO}000a02010102030405060708`);
    radio.advertise(IDENTITY.slice(0, 1), true);
    await until(() => early.received().endsWith("0003020101") && late.received().endsWith("0003020101"));
    expect(events).toEqual([]);
  });

  it("of a car that speaks Tesla comes with its name just before, again at each change of either, until it is withdrawn", async () => {
    const { radio, port } = await startRadio();
    const client = await rawClient(port);
    radio.advertise(IDENTITY.slice(0, 1), true, { localName: "S1", connectable: true });
    await until(() => client.received() === `${SERVER_HELLO}000406015331${"0003020101"}`);
    radio.advertise(IDENTITY.slice(0, 1), true, { localName: "S1", connectable: false });
    await until(() => client.received().endsWith("0003020101000406005331" + "0003020101"));
    radio.advertise(IDENTITY.slice(0, 1), true);
    await until(() => client.received().endsWith("0003020101" + "0003020101"));
    const late = await rawClient(port);
    await until(() => late.received() === `${SERVER_HELLO}0003020101`);
  });

  it("refuses new links while not connectable, and keeps the open ones", async () => {
    const { radio, events, port } = await startRadio();
    const old = await rawClient(port);
    old.send(HELLO);
    await until(() => events.length === 1);
    radio.advertise(IDENTITY, false);
    const late = await rawClient(port);
    late.send(HELLO);
    await until(() => late.closed);
    expect(late.received()).toBe(`${SERVER_HELLO}000a02000102030405060708`);
    old.send(hex("0002 01 05"));
    await until(() => events.length === 2);
    expect(shortly(events)).toEqual(["linkOpened 1", "frameReceived 1"]);
  });
});

describe("a client that misbehaves loses its own connection and no other", () => {
  it.each([
    ["a length of zero", hex("0000")],
    ["a length too large", hex("0202")],
    ["an unknown record type", hex("0002 03 00")],
    ["a frame before the hello", hex("0002 01 c4")],
    ["an advertisement", hex("0003 02 01 01")],
    ["a hello of another version", hex("0004 00 02 0200")],
    ["a hello with too small an ATT payload", hex("0004 00 01 0013")],
    ["a hello of a dialect that this car does not speak", hex("0005 00 01 0200 01")],
    ["a hello of no dialect", hex("0005 00 01 0200 02")],
    ["a name", hex("0004 06 01 5331")],
    ["a word that it has read something, which only Tesla clients send", concat(HELLO, hex("0001 07"))],
    ["a second hello", concat(HELLO, HELLO)],
    ["a frame above the ATT payload", concat(hex("0004 00 01 0014"), hex("0016 01"), new Uint8Array(21))],
    ["an HTTP request", new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n")],
  ])("for %s", async (_, bytes) => {
    const { events, port } = await startRadio();
    const good = await rawClient(port);
    good.send(HELLO);
    await until(() => events.length === 1);
    const bad = await rawClient(port);
    bad.send(bytes);
    await until(() => bad.closed);
    good.send(hex("0002 01 07"));
    await until(() => shortly(events).includes("frameReceived 1"));
    expect(shortly(events).filter((event) => event.endsWith(" 1"))).toEqual(["linkOpened 1", "frameReceived 1"]);
    expect(good.closed).toBe(false);
  });

  it("for random bytes, many times over", async () => {
    const { events, port } = await startRadio();
    const random = seededRandom("garbage");
    for (let i = 0; i < 60; i++) {
      const client = await rawClient(port);
      client.send(i % 2 === 0 ? HELLO : new Uint8Array(0));
      client.send(random.bytes(1 + ((i * 97) % 3000)));
      client.socket.end();
      await until(() => client.closed);
    }
    const good = await rawClient(port);
    good.send(HELLO);
    await until(() => events.at(-1)?.kind === "linkOpened");
    await until(() => shortly(events).filter((text) => text.startsWith("linkClosed")).length === shortly(events).filter((text) => text.startsWith("linkOpened")).length - 1);
  });

  it("for half a record, after the time that a record may take", async () => {
    holdTimers();
    const { events, port } = await startRadio();
    const client = await rawClient(port);
    client.send(concat(HELLO, hex("00")));
    await until(() => events.length === 1);
    vi.advanceTimersByTime(RECORD_TIMEOUT_MS - 1);
    client.send(hex("09 01 02")); // more of the same record buys no time
    await new Promise((resolve) => setImmediate(resolve));
    expect(client.closed).toBe(false);
    await until(() => {
      vi.advanceTimersByTime(1);
      return client.closed;
    });
    expect(shortly(events)).toEqual(["linkOpened 1", "linkClosed 1"]);
  });

  it("for silence instead of a hello, but not for silence after it", async () => {
    holdTimers();
    const { events, port } = await startRadio();
    const [silent, quiet] = [await rawClient(port), await rawClient(port)];
    quiet.send(HELLO);
    await until(() => events.length === 1 && silent.received() === SERVER_HELLO);
    vi.advanceTimersByTime(HELLO_TIMEOUT_MS);
    await until(() => silent.closed);
    vi.advanceTimersByTime(3_600_000);
    quiet.send(hex("0002 01 01"));
    await until(() => events.length === 2);
    expect(shortly(events)).toEqual(["linkOpened 1", "frameReceived 1"]);
  });

  it("for not reading what it is sent", async () => {
    const { radio, events, port } = await startRadio();
    const client = await rawClient(port);
    client.send(HELLO);
    await until(() => events.length === 1);
    client.socket.pause();
    let sentCount = 0;
    const frame = new Uint8Array(512);
    // Kernels take some megabytes by themselves; the bound is on what waits in this process.
    while (radio.send(1, frame)) {
      sentCount++;
      if (sentCount % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      expect(sentCount).toBeLessThan(100_000);
    }
    await until(() => events.length === 2);
    expect(events[1]).toEqual({ kind: "linkClosed", link: 1 });
  });

  it("for a connection too many, until another one ends", async () => {
    const { events, port } = await startRadio();
    const clients = [];
    for (let i = 0; i < CONNECTION_COUNT_MAX; i++) clients.push(await rawClient(port));
    for (const client of clients) client.send(HELLO);
    await until(() => events.length === CONNECTION_COUNT_MAX);
    const extra = await rawClient(port);
    extra.send(HELLO);
    await until(() => extra.closed);
    expect(extra.received()).toBe("");
    clients[0]!.socket.destroy();
    await until(() => events.length === CONNECTION_COUNT_MAX + 1);
    (await rawClient(port)).send(HELLO);
    await until(() => events.length === CONNECTION_COUNT_MAX + 2);
    expect(events.at(-1)).toMatchObject({ kind: "linkOpened", link: CONNECTION_COUNT_MAX + 1 });
  });

  it("for the oldest that has said nothing, when somebody else comes", async () => {
    const { events, port } = await startRadio();
    const silent: Awaited<ReturnType<typeof rawClient>>[] = [];
    for (let i = 0; i < CONNECTION_COUNT_MAX; i++) silent.push(await rawClient(port));
    (await rawClient(port)).send(HELLO);
    await until(() => events.length === 1);
    expect(events[0]).toMatchObject({ kind: "linkOpened" });
    await until(() => silent[0]!.closed);
    expect(silent[1]!.closed).toBe(false);
  });

  it("never for a flood, which is read in turns with the others and loses nothing", async () => {
    const { events, port } = await startRadio();
    const flood = await rawClient(port);
    const FLOOD_COUNT = 20_000;
    const frames = new Uint8Array(4 * FLOOD_COUNT);
    for (let i = 0; i < FLOOD_COUNT; i++) frames.set([0, 2, 1, i & 0xff], 4 * i);
    flood.send(concat(HELLO, frames));
    await until(() => events.length > 0);
    expect(events.length).toBeLessThanOrEqual(17); // one turn
    const quiet = await rawClient(port);
    quiet.send(concat(HELLO, hex("0002 01 07")));
    await until(() => events.length === FLOOD_COUNT + 3);
    expect(shortly(events).indexOf("frameReceived 2")).toBeLessThan(FLOOD_COUNT / 2);
    const bytes = events.flatMap((event) => (event.kind === "frameReceived" && event.link === 1 ? [event.bytes[0]] : []));
    expect(bytes).toEqual(Array.from({ length: FLOOD_COUNT }, (_, i) => i & 0xff));
  });
});

describe("where the socket radio listens", () => {
  it("is this machine alone unless remote links are allowed", async () => {
    for (const host of ["0.0.0.0", "::", "192.0.2.1", "car.example"]) {
      const refused = await listen({ host, port: 0, onEvent: () => undefined });
      expect(refused).toMatchObject({ ok: false, error: { kind: "remoteNotAllowed", message: expect.stringContaining(host) } });
    }
    expect((await startRadio()).radio.address.host).toBe("127.0.0.1");
    expect(isLoopback((await startRadio({ host: "localhost" })).radio.address.host)).toBe(true);
  });

  it("makes every link remote on an address that others reach, also for a peer of this machine", async () => {
    const { events, port } = await startRadio({ host: "0.0.0.0", allowRemote: true });
    (await rawClient(port)).send(HELLO);
    await until(() => events.length === 1);
    expect(events[0]).toMatchObject({ kind: "linkOpened", proximity: "remote" });
  });

  it("keeps links local on a loopback address although remote ones would be allowed", async () => {
    const { events, port } = await startRadio({ allowRemote: true });
    (await rawClient(port)).send(HELLO);
    await until(() => events.length === 1);
    expect(events[0]).toMatchObject({ proximity: "local" });
  });

  it("is told in an error when the port is taken or cannot be", async () => {
    const { port } = await startRadio();
    expect(await listen({ port, onEvent: () => undefined })).toMatchObject({ ok: false, error: { kind: "inUse", message: expect.stringContaining(`127.0.0.1:${port} is in use`) } });
    expect(await listen({ port: 70_000, onEvent: () => undefined })).toMatchObject({ ok: false, error: { kind: "io" } });
    expect(await listen({ host: "192.0.2.1", port: 0, allowRemote: true, onEvent: () => undefined })).toMatchObject({ ok: false, error: { kind: "io" } });
  });

  it("knows loopback addresses from others", () => {
    for (const address of ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "::FFFF:127.0.0.1"]) expect(isLoopback(address), address).toBe(true);
    const others = ["", "0.0.0.0", "128.0.0.1", "::", "::2", "::ffff:10.0.0.1", "127.example.com", "127.0.0.1.evil", "fe80::1", undefined];
    for (const address of others) expect(isLoopback(address), address).toBe(false);
    for (const { address } of Object.values(networkInterfaces()).flatMap((list) => list ?? [])) {
      if (!address.startsWith("127.") && address !== "::1") expect(isLoopback(address), address).toBe(false);
    }
  });
});

describe("closing the socket radio", () => {
  it("ends every connection, raises no event, frees the port, and may happen twice", async () => {
    const { radio, events, port } = await startRadio();
    const [link, stranger] = [await rawClient(port), await rawClient(port)];
    link.send(HELLO);
    await until(() => events.length === 1);
    await radio.close();
    await radio.close();
    await until(() => link.closed && stranger.closed);
    expect(shortly(events)).toEqual(["linkOpened 1"]);
    expect(radio.send(1, hex("c4"))).toBe(false);
    radio.advertise(IDENTITY, true);
    await startRadio({ port });
  });
});
