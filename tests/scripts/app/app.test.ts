import { statSync, writeFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { fromHex, toBase64Url } from "../../../firmware/base/index.ts";
import { CLOUD_ERRORS, refused } from "../../../scripts/app/errors.ts";
import { SUBCOMMANDS } from "../../../scripts/app/index.ts";
import { saveSession, withSession } from "../../../scripts/app/session.ts";
import { Output } from "../../../scripts/cli/output.ts";
import { freePort } from "../../support/free-port.ts";
import { ownFolder, startCloud, type Answered, type Asked } from "./rig.ts";

const VEHICLE_ID = "ab".repeat(32);
const VEHICLE = { vehicle: "v1", label: "van", vehicleId: toBase64Url(fromHex(VEHICLE_ID)!), uplinkSeenAtMs: null };

/** Runs a command of the app as JSON against a cloud, logged in. */
async function runApp(name: string, answer: (asked: Asked) => Answered, options: Readonly<Record<string, string>> = {}): Promise<{ readonly told: Record<string, unknown>; readonly asked: readonly Asked[] }> {
  const cloud = await startCloud(answer);
  const values = { ...ownFolder(), ...options };
  await saveSession(values, { cloud: cloud.url.origin, account: "anna", session: "s3ssion" });
  const output = new Output({ json: true, color: false });
  let told: unknown;
  vi.spyOn(output, "answer").mockImplementation((data) => void (told = data));
  await SUBCOMMANDS.find((subcommand) => subcommand.name === `app ${name}`)!.run(values, [], output);
  return { told: told as Record<string, unknown>, asked: cloud.asked };
}

const reporting = (signals: unknown, vehicles: readonly unknown[] = [VEHICLE]) => ({ path }: Asked): Answered =>
  path === "/v1/vehicles" ? { status: 200, body: { vehicles } } : { status: 200, body: { receivedAtMs: Date.now() - 60_000, report: { signals } } };

describe("the app's commands", () => {
  it("do not drive and do not enrol", () => {
    expect(SUBCOMMANDS.map(({ name }) => name).sort()).toEqual(["create", "deliver", "lock", "login", "logout", "recovery-codes", "register", "remove", "status", "trunk", "two-factor", "unlock", "uplink-token", "where"].map((name) => `app ${name}`));
  });

  it("take no secret from the command line", () => {
    const names = SUBCOMMANDS.flatMap(({ options }) => Object.keys(options));
    expect(new Set(names)).toEqual(new Set(["cloud", "account", "file", "recovery", "car", "token-file", "force", "leave"]));
  });
});

describe("what the car reported", () => {
  it("is shown with its age, asked for with the session", async () => {
    const { told, asked } = await runApp("status", reporting({ "Vehicle.Speed": 0 }));
    expect(told).toMatchObject({ ok: true, car: "van", ageS: 60, signals: { "Vehicle.Speed": 0 } });
    expect(asked.map(({ path, token }) => [path, token])).toEqual([["/v1/vehicles", "s3ssion"], ["/v1/vehicles/v1/report", "s3ssion"]]);
  });

  it("says where the car is, if it does", async () => {
    const place = { "Vehicle.CurrentLocation.Latitude": 48.1, "Vehicle.CurrentLocation.Longitude": 11.5 };
    expect((await runApp("where", reporting(place))).told).toMatchObject({ latitudeDeg: 48.1, longitudeDeg: 11.5, ageS: 60 });
    await expect(runApp("where", reporting({}))).rejects.toThrow("does not report where it is");
  });

  it("is of the car that was named, where the account has several", async () => {
    const two = [VEHICLE, { ...VEHICLE, vehicle: "v2", label: "bus" }];
    await expect(runApp("status", reporting({}, two))).rejects.toThrow("several cars");
    expect((await runApp("status", reporting({}, two), { car: "bus" })).asked.at(-1)!.path).toBe("/v1/vehicles/v2/report");
  });

  it("is never asked for at an address of the cloud's making", async () => {
    await expect(runApp("status", reporting({}, [{ ...VEHICLE, vehicle: "../account?" }]))).rejects.toThrow("the cloud's answer is none");
  });

  it.each([
    ["a vehicle that is none", { vehicles: [null] }],
    ["no list", { vehicles: 7 }],
    ["more vehicles than an account has", { vehicles: Array.from({ length: 100 }, () => VEHICLE) }],
  ])("is not looked for in %s", async (_, body) => {
    await expect(runApp("status", () => ({ status: 200, body }))).rejects.toThrow("the cloud's answer is none");
  });
});

describe("a session", () => {
  it("lies in a file that is its owner's alone, and is gone after the logout even where the cloud is", async () => {
    const values = ownFolder();
    const session = { cloud: `http://127.0.0.1:${await freePort()}`, account: "anna", session: "s" };
    await saveSession(values, session);
    expect(statSync(`${values.file}.account`).mode & 0o777).toBe(0o600);
    await withSession(values, async (_cloud, read) => expect(read).toEqual(session));
    const logOut = SUBCOMMANDS.find(({ name }) => name === "app logout")!;
    await expect(logOut.run(values, [], new Output({ json: true, color: false }))).rejects.toMatchObject({ message: expect.stringContaining("no cloud"), wayOut: expect.stringContaining("latchkey key unlock") });
    await expect(withSession(values, async () => undefined)).rejects.toThrow("nobody is logged in");
  });

  it.each(["{", "{}", '{"cloud":"http://cloud.example","account":"a","session":"s"}', '{"cloud":"https://c.example","account":"a","session":"a\\nb"}'])("is not read from %s", async (text) => {
    const values = ownFolder();
    writeFileSync(`${values.file}.account`, text, { mode: 0o600 });
    await expect(withSession(values, async () => undefined)).rejects.toThrow("damaged");
  });
});

describe("a refusal of the cloud", () => {
  const answer = (status: number, body: unknown, retryAfterS?: number) => ({ status, body: new TextEncoder().encode(JSON.stringify(body)), retryAfterS });

  it.each(["accountTaken", "wrongCredentials", "codeNeeded", "wrongCode", "twoFactorRequired", "tooManyTries", "unauthorized", "tooManyLinks", "noReport", "noVehicle", "noLink", "linkClosed", "tooManyFrames", "badStatement"])("%s is told in the app's own words", (error) => {
    const fault = refused(answer(400, { error, message: "of the cloud", wayOut: "of the cloud" }));
    expect(fault).toMatchObject({ message: CLOUD_ERRORS[error]!.rule, wayOut: CLOUD_ERRORS[error]!.wayOut, data: { error } });
    expect(fault.wayOut).not.toBe("");
  });

  it("says how long to wait, and that a failing cloud keeps nobody out of the car", () => {
    expect(refused(answer(429, { error: "tooManyTries" }, 8)).message).toContain("8 s");
    for (const body of [{}, { error: "constructor" }, []]) expect(refused(answer(503, body)).wayOut).toContain("latchkey key unlock");
  });

  it("in unknown words is cut and cannot act on the terminal", () => {
    const { message } = refused(answer(400, { error: "new", message: `\u001b[2J${"x".repeat(10_000)}` }));
    expect(message).not.toContain("\u001b");
    expect(message.length).toBeLessThan(400);
  });
});
