import { describe, expect, it } from "vitest";
import { createPrng } from "../../../sim/chance/index.ts";
import { Cloud, CLOUD_TIMEOUT_MS, COMMAND_BYTES_MAX, OPEN_REQUEST_COUNT_MAX, TELEMETRY_LINE_COUNT_MAX, TELEMETRY_QUEUE_MAX, TelemetryFeed, WAITING_COMMAND_COUNT_MAX, WAITING_MS_MAX, type CloudAnswer, type CloudRequest } from "../../../sim/cloud/index.ts";
import { VirtualClock } from "../../../sim/time/index.ts";

function cloudOf(seed = "cloud") {
  const clock = new VirtualClock();
  const cloud = new Cloud(clock, createPrng(seed));
  cloud.addAccount("ada", ["car-1"]);
  const app = cloud.addUplink();
  const session = cloud.openSession("ada")!;
  const ask = (request: CloudRequest, uplink = app): { answer: CloudAnswer; tookMs: number } => {
    const startMs = clock.monotonicMs();
    let answer: CloudAnswer | undefined;
    uplink.request(request, (given) => {
      expect(answer).toBeUndefined();
      answer = given;
    });
    expect(answer).toBeUndefined();
    clock.runUntil(() => answer !== undefined, 10 * CLOUD_TIMEOUT_MS);
    return { answer: answer!, tookMs: clock.monotonicMs() - startMs };
  };
  return { clock, cloud, app, session, ask };
}

describe("the cloud", () => {
  it("is a courier: bytes for a car wait for it, unread and in order, and are fetched once", () => {
    const { ask, session } = cloudOf();
    for (const byte of [1, 2]) expect(ask({ kind: "sendCommand", session, car: "car-1", command: Uint8Array.of(byte) }).answer.status).toBe(200);
    const fetched = ask({ kind: "fetchCommands", car: "car-1" }).answer;
    expect(fetched).toEqual({ status: 200, body: { kind: "commands", commands: [Uint8Array.of(1), Uint8Array.of(2)] } });
    expect(ask({ kind: "fetchCommands", car: "car-1" }).answer).toEqual({ status: 200, body: { kind: "commands", commands: [] } });
  });

  it("drops what waits for too long: a car that comes back gets nothing old", () => {
    const { ask, session, clock } = cloudOf();
    ask({ kind: "sendCommand", session, car: "car-1", command: Uint8Array.of(1) });
    clock.advance(WAITING_MS_MAX);
    ask({ kind: "sendCommand", session, car: "car-1", command: Uint8Array.of(2) });
    expect(ask({ kind: "fetchCommands", car: "car-1" }).answer).toEqual({ status: 200, body: { kind: "commands", commands: [Uint8Array.of(2)] } });
  });

  it("wakes a car with coverage when a command waits", () => {
    const { cloud, ask, session, clock } = cloudOf();
    const car = cloud.addUplink();
    let woken = 0;
    cloud.wakeFor("car-1", car, () => woken++);
    ask({ kind: "sendCommand", session, car: "car-1", command: Uint8Array.of(1) });
    clock.advance(1_000);
    car.online = false;
    ask({ kind: "sendCommand", session, car: "car-1", command: Uint8Array.of(1) });
    clock.advance(1_000);
    expect(woken).toBe(1);
  });

  it("serves an account for its own cars only, and nobody who is logged out", () => {
    const { ask, session, cloud, clock } = cloudOf();
    expect(ask({ kind: "authorise", session, car: "car-1" }).answer.status).toBe(200);
    expect(ask({ kind: "authorise", session, car: "car-2" }).answer.status).toBe(401);
    expect(ask({ kind: "logIn", account: "mallory" }).answer.status).toBe(401);
    let told = 0;
    const other = cloud.openSession("ada", () => told++)!;
    cloud.logOut();
    clock.advance(0);
    expect(told).toBe(1);
    for (const gone of [session, other]) expect(ask({ kind: "authorise", session: gone, car: "car-1" }).answer.status).toBe(401);
  });

  it("fails every call at once while it is down, and works again afterwards", () => {
    const { ask, session, cloud } = cloudOf();
    cloud.mode = "down";
    for (let i = 0; i < 20; i++) {
      const { answer, tookMs } = ask({ kind: "checkSession", session });
      expect(answer.status).toBe(500);
      expect(tookMs).toBeLessThan(1_000);
    }
    expect(cloud.counts.failed).toBe(20);
    cloud.mode = "up";
    expect(ask({ kind: "checkSession", session }).answer.status).toBe(200);
  });

  it("answers nobody in time while slow or gone: the client gives up at its own limit", () => {
    const { ask, session, cloud } = cloudOf();
    for (const mode of ["slow", "gone"] as const) {
      cloud.mode = mode;
      expect(ask({ kind: "checkSession", session })).toEqual({ answer: { status: "none" }, tookMs: CLOUD_TIMEOUT_MS });
    }
  });

  it("is heard once even when it answers after the client has given up", () => {
    const { app, session, cloud, clock } = cloudOf();
    cloud.mode = "slow";
    const answers: CloudAnswer[] = [];
    app.request({ kind: "checkSession", session }, (answer) => answers.push(answer));
    clock.advance(10 * CLOUD_TIMEOUT_MS);
    expect(answers).toEqual([{ status: "none" }]);
  });

  it("repeats old answers while lying, and says done to what it never heard", () => {
    const { ask, session, cloud } = cloudOf();
    expect(ask({ kind: "authorise", session, car: "car-1" }).answer.status).toBe(200);
    cloud.logOut();
    cloud.mode = "lying";
    expect(ask({ kind: "authorise", session, car: "car-1" }).answer.status).toBe(200);
    expect(ask({ kind: "authorise", session: "session-999", car: "car-1" }).answer.status).toBe(200);
  });

  it("tells a client without coverage at once, without a round trip", () => {
    const { ask, session, app } = cloudOf();
    app.online = false;
    expect(ask({ kind: "checkSession", session })).toEqual({ answer: { status: "none" }, tookMs: 0 });
  });

  it("keeps every store bounded", () => {
    const { ask, session, cloud, app, clock } = cloudOf();
    expect(ask({ kind: "sendCommand", session, car: "car-1", command: new Uint8Array(COMMAND_BYTES_MAX + 1) }).answer.status).toBe(429);
    for (let i = 0; i < WAITING_COMMAND_COUNT_MAX; i++) ask({ kind: "sendCommand", session, car: "car-1", command: Uint8Array.of(i) });
    expect(ask({ kind: "sendCommand", session, car: "car-1", command: Uint8Array.of(0) }).answer.status).toBe(429);
    for (let i = 0; i < TELEMETRY_LINE_COUNT_MAX + 50; i++) ask({ kind: "telemetry", car: "car-1", line: `${i}` });
    expect(cloud.telemetry).toHaveLength(TELEMETRY_LINE_COUNT_MAX);
    expect(cloud.telemetry[0]).toBe("car-1: 50");
    cloud.mode = "gone";
    const answers: CloudAnswer[] = [];
    for (let i = 0; i < OPEN_REQUEST_COUNT_MAX + 5; i++) app.request({ kind: "checkSession", session }, (answer) => answers.push(answer));
    clock.advance(0);
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 429, 429, 429]);
  });
});

describe("telemetry", () => {
  it("reaches the server in order while it answers, and is dropped while it does not", () => {
    const { cloud, clock } = cloudOf();
    const feed = new TelemetryFeed(cloud.addUplink(), "car-1");
    for (const line of ["a", "b", "c"]) feed.offer(line);
    clock.advance(5_000);
    expect(cloud.telemetry).toEqual(["car-1: a", "car-1: b", "car-1: c"]);
    cloud.mode = "down";
    feed.offer("d");
    clock.advance(5_000);
    expect([cloud.telemetry.length, feed.droppedCount, feed.waitingCount]).toEqual([3, 1, 0]);
  });

  it("keeps a bounded queue in front of a server that hangs: the oldest lines go", () => {
    const { cloud, clock } = cloudOf();
    const feed = new TelemetryFeed(cloud.addUplink(), "car-1");
    cloud.mode = "gone";
    for (let i = 0; i < 1_000; i++) feed.offer(`${i}`);
    expect(feed.waitingCount).toBe(TELEMETRY_QUEUE_MAX);
    cloud.mode = "up";
    clock.advance(10 * CLOUD_TIMEOUT_MS);
    expect(cloud.telemetry.at(-1)).toBe("car-1: 999");
  });
});
