import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { KeyRadioEvent, KeyRadioLink } from "../../../hal/radio/index.ts";
import { connect, type ConnectFault, type ConnectOptions } from "../../../hal/socket-radio/index.ts";
import { hex } from "../crypto/vectors.ts";
import { shortly, startRadio, until } from "./rig.ts";

afterEach(() => {
  vi.useRealTimers();
});

async function open(port: number, options: Partial<ConnectOptions> = {}): Promise<{ link: KeyRadioLink; events: KeyRadioEvent[] }> {
  const events: KeyRadioEvent[] = [];
  const connected = await connect({ at: { host: "127.0.0.1", port }, onEvent: (event) => events.push(event), ...options });
  if (!connected.ok) throw new Error(connected.error.message);
  onTestFinished(() => connected.value.close());
  return { link: connected.value, events };
}

async function refusal(port: number, host = "127.0.0.1"): Promise<ConnectFault> {
  const connected = await connect({ at: { host, port }, onEvent: () => undefined });
  if (connected.ok) throw new Error("it connected");
  return connected.error;
}

/** A server that is no car. */
async function startOther(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}

describe("a key on the socket radio", () => {
  it("connects, sees the advertisement, exchanges frames and closes", async () => {
    const { radio, events: carEvents, port } = await startRadio();
    radio.advertise(Uint8Array.of(9, 8), true);
    const { link, events } = await open(port, { attPayloadBytes: 60 });
    expect(link.attPayloadBytes).toBe(60);
    await until(() => carEvents.length === 1 && events.length === 1);
    expect(carEvents[0]).toEqual({ kind: "linkOpened", link: 1, attPayloadBytes: 60, proximity: "local" });
    expect(events[0]).toEqual({ kind: "advertised", identity: Uint8Array.of(9, 8), connectable: true });
    expect(link.send(hex("c1"))).toBe(true);
    await until(() => carEvents.length === 2);
    radio.send(1, hex("c2"));
    await until(() => events.length === 2);
    expect(events[1]).toEqual({ kind: "frameReceived", bytes: hex("c2") });
    link.send(hex("c3"));
    link.close();
    link.close();
    await until(() => carEvents.length === 4 && events.length === 3);
    expect(shortly(carEvents)).toEqual(["linkOpened 1", "frameReceived 1", "frameReceived 1", "linkClosed 1"]);
    expect(events[2]).toEqual({ kind: "closed", why: "closed by this side" });
    expect(link.send(hex("c4"))).toBe(false);
  });

  it("hears once that the car has gone", async () => {
    const { radio, port } = await startRadio();
    const { link, events } = await open(port);
    await radio.close();
    await until(() => events.length === 1);
    expect(events[0]).toMatchObject({ kind: "closed" });
    expect(link.send(hex("c4"))).toBe(false);
    link.close();
    expect(events.length).toBe(1);
  });

  it("is told that nothing listens, and what to start", async () => {
    const { radio, port } = await startRadio();
    await radio.close();
    expect(await refusal(port)).toEqual({ kind: "refused", message: `nothing listens on 127.0.0.1:${port}: is \`latchkey car\` running?` });
  });

  it("is told that a port or a host makes no sense", async () => {
    expect((await refusal(70_000)).kind).toBe("unreachable");
    expect((await refusal(1, "no such host")).kind).toBe("unreachable");
  });

  it.each([
    ["an SSH server", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["an HTTP server", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["a frame before the hello", "\x00\x02\x01\x01"],
    ["another version of the framing", "\x00\x04\x00\x02\x02\x00"],
  ])("is told that %s is no radio it understands", async (_, greeting) => {
    const port = await startOther((socket) => socket.write(greeting, "latin1"));
    const error = await refusal(port);
    expect(error.kind).toBe("notARadio");
    expect(error.message).toContain(`127.0.0.1:${port}`);
  });

  it("is told that a car which closes at once may have no free link", async () => {
    const port = await startOther((socket) => socket.end());
    expect(await refusal(port)).toMatchObject({ kind: "closed", message: expect.stringContaining("no free link") });
  });

  it("waits for a hello for a bounded time", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let connected = false;
    const port = await startOther(() => (connected = true));
    const refused = refusal(port);
    await until(() => connected);
    vi.advanceTimersByTime(5000);
    expect(await refused).toMatchObject({ kind: "timeout" });
  });

  it.each([
    ["a second hello", "\x00\x04\x00\x01\x02\x00"],
    ["garbage", "\xff\xff\xff"],
  ])("closes its link when the car sends %s", async (_, bytes) => {
    const port = await startOther((socket) => {
      socket.write("\x00\x04\x00\x01\x02\x00", "latin1");
      socket.once("data", () => socket.write(bytes, "latin1"));
    });
    const { events } = await open(port);
    await until(() => events.length === 1);
    expect(events[0]?.kind).toBe("closed");
  });
});
