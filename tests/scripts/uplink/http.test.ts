import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createRawServer, type AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openCloud, parseCloudUrl, type CloudRequest } from "../../../scripts/uplink/http.ts";
import { freePort } from "../../support/free-port.ts";

const HEALTH: CloudRequest = { method: "GET", path: "/v1/health", bytesMax: 100, timeoutMs: 5_000 };

async function cloudOver(server: Server | ReturnType<typeof createRawServer>): Promise<ReturnType<typeof openCloud>> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const cloud = openCloud(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  onTestFinished(() => {
    cloud.close();
    server.close();
  });
  return cloud;
}

const answering = (listener: RequestListener): ReturnType<typeof cloudOver> => cloudOver(createServer(listener));

/** A server that sends these bytes and then keeps the connection. */
const sending = (text: string): ReturnType<typeof cloudOver> =>
  cloudOver(createRawServer((socket) => {
    socket.on("error", () => undefined);
    socket.write(text);
    onTestFinished(() => void socket.destroy());
  }));

describe("the address of a cloud", () => {
  it.each(["https://cloud.example", "https://cloud.example:4160/", "http://127.0.0.1:4160", "http://localhost:1", "http://[::1]:4160"])("may be %s", (text) => {
    expect(parseCloudUrl(text).ok).toBe(true);
  });

  it.each(["http://cloud.example", "http://10.0.0.1", "ftp://cloud.example", "cloud.example", "https://cloud.example/path", "https://me:pw@cloud.example", "https://cloud.example/?a=b", ""])("is not %j", (text) => {
    expect(parseCloudUrl(text).ok).toBe(false);
  });
});

describe("asking a cloud", () => {
  it("carries token, range and JSON, and gives status, body and Retry-After", async () => {
    const seen: unknown[] = [];
    const cloud = await answering((request, response) => {
      let body = "";
      request.on("data", (piece) => (body += String(piece)));
      request.on("end", () => {
        seen.push(request.method, request.url, request.headers.authorization, request.headers.range, body);
        response.writeHead(503, { "retry-after": "7" }).end("late");
      });
    });
    const outcome = await cloud.ask({ ...HEALTH, method: "POST", path: "/v1/x?after=1", token: "secret", body: { a: 1 }, range: { first: 3, last: 9 } });
    expect(seen).toEqual(["POST", "/v1/x?after=1", "Bearer secret", "bytes=3-9", '{"a":1}']);
    expect(outcome).toEqual({ ok: true, value: { status: 503, body: new TextEncoder().encode("late"), retryAfterS: 7 } });
  });

  it("takes a date in Retry-After for none", async () => {
    const cloud = await answering((_request, response) => response.writeHead(429, { "retry-after": "Fri, 31 Dec 1999 23:59:59 GMT" }).end());
    expect(await cloud.ask(HEALTH)).toMatchObject({ ok: true, value: { retryAfterS: undefined } });
  });

  it("stops reading at the bound, however much the cloud says or sends", async () => {
    let sent = 0;
    const endless = await answering((_request, response) => {
      // Not from the write's own callback: newer versions of Node call that before they look at the network again.
      const more = (): void => void (response.destroyed || ((sent += 1000), response.write("x".repeat(1000), () => setImmediate(more))));
      more();
    });
    expect(await endless.ask(HEALTH)).toMatchObject({ ok: false, error: { kind: "tooLarge" } });
    expect(sent).toBeLessThan(10_000_000);
    const exact = await answering((_request, response) => response.end("x".repeat(100)));
    expect(await exact.ask(HEALTH)).toMatchObject({ ok: true });
  });

  it("bounds the header of an answer", async () => {
    const cloud = await sending(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(9_000)}\r\n\r\n`);
    expect(await cloud.ask(HEALTH)).toMatchObject({ ok: false, error: { kind: "broken" } });
  });

  it("takes half an answer for none", async () => {
    const cloud = await answering((_request, response) => {
      response.writeHead(200, { "content-length": "50" });
      response.write("half", () => response.destroy());
    });
    expect(await cloud.ask(HEALTH)).toMatchObject({ ok: false });
  });

  it("gives up a cloud that takes the connection and says nothing, or a byte now and then", async () => {
    for (const text of ["", "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nx"]) {
      const cloud = await sending(text);
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const asked = cloud.ask(HEALTH);
      vi.advanceTimersByTime(HEALTH.timeoutMs);
      vi.useRealTimers();
      expect(await asked).toMatchObject({ ok: false, error: { kind: "timeout" } });
    }
  });

  it("follows no redirect", async () => {
    const cloud = await answering((_request, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end());
    expect(await cloud.ask(HEALTH)).toMatchObject({ ok: true, value: { status: 302 } });
  });

  it("says that nobody listens", async () => {
    const cloud = openCloud(new URL(`http://127.0.0.1:${await freePort()}`));
    expect(await cloud.ask(HEALTH)).toMatchObject({ ok: false, error: { kind: "unreachable" } });
  });

  it("says that a name is unknown", async () => {
    // RFC 6761 section 6.4: no name under .invalid exists.
    const cloud = openCloud(new URL("https://cloud.invalid"));
    expect(await cloud.ask(HEALTH)).toMatchObject({ ok: false, error: { kind: "noSuchHost" } });
  });

  it("says that the other side does not prove who it is", async () => {
    const server = createServer((_request, response) => response.end("plain"));
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const cloud = openCloud(new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`));
    expect(await cloud.ask(HEALTH)).toMatchObject({ ok: false, error: { kind: "wrongCertificate" } });
  });
});
