import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Garage, nextVersion, QUICK } from "./garage.ts";
import { User, type CarProcess } from "./programs.ts";

type Fits = Parameters<CarProcess["heard"]>[0];
const updateNote = (text: string): Fits => (event) => event["what"] === "update" && String(event["why"]).includes(text);
const isReady: Fits = (event) => event["event"] === "ready";

/** `bundle` with something of its own to do when it is to be a car. */
const asCar = (bundle: string, does: string): string => bundle.replace("\n", `\nif (process.argv[2] === "car") ${does}\n`);

describe("an update of the real bundle, by the real boot loader", { timeout: 120_000 }, () => {
  it("is tried, proves itself and stays; keys and log are untouched and its owner gets in at every stage", async () => {
    const garage = await Garage.opened();
    await garage.opens();
    const logBefore = (await garage.user.run(["key", "log", "--json", "--via", garage.car.via])).json;
    await garage.install(await garage.make(nextVersion()));
    await garage.car.heard(isReady, 2);
    await garage.opens();
    await garage.car.heard(updateNote("confirmed"));
    expect(await garage.status()).toMatchObject({ state: "confirmed", version: "0.2.0", counter: 2 });
    await garage.opens();
    const logAfter = (await garage.user.run(["key", "log", "--json", "--via", garage.car.via])).json;
    const linesOf = (log: typeof logBefore) => log["lines"] as readonly Record<string, unknown>[];
    expect(linesOf(logAfter).slice(0, linesOf(logBefore).length)).toEqual(linesOf(logBefore));
    expect(await garage.car.stop()).toBe(0);
    garage.car = await garage.user.bootCar(QUICK);
    expect(garage.car.events.find(({ event }) => event === "boot.started")).toMatchObject({ text: "slot b" });
    expect((await garage.status())["state"]).toBe("confirmed");
    await garage.opens();
  });

  it.each([
    ["crashes at its start", "throw new Error('bad release');\n", "did not pass its self-test"],
    ["is no program at all", "\u0000\u0001not a program", "did not pass its self-test"],
    ["passes its self-test and crashes as a car", (bundle: string) => asCar(bundle, 'throw new Error("bad release");'), "it ended with 1"],
  ] as const)("that %s is undone, and the car goes on as before", async (_what, change, why) => {
    const garage = await Garage.opened();
    const before = garage.firstSlot;
    await garage.install(await garage.make(typeof change === "string" ? change : change(nextVersion())));
    expect(String((await garage.car.heard(({ event }) => event === "boot.rolledBack"))["text"])).toContain(why);
    await garage.car.heard(updateNote("rolled back"));
    expect(await garage.status()).toMatchObject({ state: "rolledBack", counter: 0 });
    expect(garage.firstSlot).toBe(before);
    await garage.opens();
  });

  it("that hangs is ended by the watchdog and undone", async () => {
    const garage = await Garage.opened(["--confirm-after", "2s", "--trial-timeout", "3s"]);
    await garage.install(await garage.make(asCar(nextVersion(), "for (;;);")));
    await garage.car.heard(updateNote("rolled back"));
    expect(String(garage.car.events.find(({ event }) => event === "boot.rolledBack")?.["text"])).toContain("not confirmed in time");
    await garage.opens();
  });

  it("of another model, older, unsigned, or truncated on its way is refused with the reason, and the car works", async () => {
    const garage = await Garage.opened();
    const { user } = garage;
    await user.run(["update", "keygen", "--key", user.path("stranger.key")]);
    const refused = async (file: string): Promise<unknown> => {
      const { code, json } = await garage.offer(file);
      expect(code).toBe(1);
      return json["reason"];
    };
    expect(await refused(await garage.make(nextVersion(), { model: "latchkey 6000i", version: "x" }))).toBe("wrongModel");
    expect(await refused(await garage.make(nextVersion(), { key: "stranger.key", version: "y" }))).toBe("badRelease");
    const good = await garage.make(nextVersion());
    const cut = user.path("cut.update");
    writeFileSync(cut, readFileSync(good));
    truncateSync(cut, Math.floor(statSync(cut).size / 2));
    expect((await garage.offer(cut)).json["state"]).toBe("offered");
    await user.run(["key", "update", "consent", "--via", garage.car.via]);
    const broken = await garage.offer(cut);
    expect([broken.code, broken.json["message"]]).toEqual([1, "the file ends before the bundle does"]);
    expect((await garage.status())["state"]).toBe("downloading");
    // A restart keeps what came; the whole file goes on from there.
    expect(await garage.car.stop()).toBe(0);
    garage.car = await user.bootCar(QUICK);
    expect(Number((await garage.status())["wantedOffset"])).toBeGreaterThan(0);
    expect((await garage.offer(good)).json["state"]).toBe("staged");
    await garage.car.heard(updateNote("confirmed"));
    expect(await refused(await garage.make(nextVersion(), { sequence: 1, version: "older" }))).toBe("olderRelease");
    await garage.opens();
  });

  it("is not installed in a car that no boot loader has started, which says so and works on", async () => {
    const garage = await Garage.opened();
    expect(await garage.car.stop()).toBe(0);
    garage.car = await garage.user.startCar();
    const file = await garage.make(nextVersion());
    await garage.offer(file);
    await garage.user.run(["key", "update", "consent", "--via", garage.car.via]);
    const { code, json } = await garage.offer(file);
    expect(code).toBe(1);
    expect(String(json["message"])).toContain("latchkey boot");
    await garage.opens();
  });

  it("that a virtual car's own maker pushes is installed with the consent of a simulated phone; what is older then is refused", async () => {
    const user = new User();
    const car = await user.bootCar(QUICK);
    const world = (...words: readonly string[]) => user.run(["world", ...words, "--json", "--flash", user.path("car.flash")]);
    expect((await world("phone", "anna", "pair")).code).toBe(0);
    expect((await world("update", "good")).json).toMatchObject({ ok: true, kind: "good", state: "staged" });
    await car.heard(updateNote("confirmed"));
    expect((await world("update", "older")).json).toMatchObject({ ok: true, kind: "older", refused: "olderRelease" });
    expect(statSync(user.path("car.flash.maker")).mode & 0o777).toBe(0o600);
    expect(await car.stop()).toBe(0);
  });

  it("killed with the boot loader in the middle of its trial comes back as the release before", async () => {
    const garage = await Garage.opened(["--confirm-after", "60s", "--trial-timeout", "2m"]);
    await garage.install(await garage.make(nextVersion()));
    await garage.car.heard(isReady, 2);
    expect(await garage.car.stop()).toBe(0);
    garage.car = await garage.user.bootCar(QUICK);
    expect(garage.car.events.find(({ event }) => event === "boot.started")).toMatchObject({ text: "slot a" });
    expect((await garage.status())["state"]).toBe("rolledBack");
    await garage.opens();
  });
});

describe("the maker's tools", () => {
  it("keep the release key to its owner, and never overwrite one", async () => {
    const user = new User();
    const path = user.path("release.key");
    expect((await user.run(["update", "keygen", "--key", path])).code).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await user.run(["update", "keygen", "--key", path])).code).toBe(1);
  });

  it.each([
    [["update", "make", "BUNDLE"], "--model is missing"],
    [["update", "make", "--model", "m", "--version", "v", "--key", "nowhere", "BUNDLE"], "there is no release key"],
    [["update", "make", "--model", "m", "--version", "v", "--sequence", "0", "--key", "k", "BUNDLE"], "--sequence"],
    [["update", "make", "--model", "m", "--version", "v", "--next-key", "xyz", "--key", "k", "BUNDLE"], "--next-key"],
    [["update", "keygen"], "--key is missing"],
    [["update", "offer", "/nowhere"], "cannot be read"],
    [["boot", "--", "car"], "--slots FOLDER is missing"],
    [["boot", "--slots", "s", "--", "key"], "after -- comes what to run"],
    [["boot", "--slots", "s", "--trial-timeout", "1s", "--", "car"], "longer than --confirm-after"],
    [["self-test"], "--flash COPY is missing"],
  ] as const)("%j is a clear error", async (args, message) => {
    const user = new User();
    const { code, stderr } = await user.run(args.map((arg) => (arg === "s" ? user.path("s") : arg === "nowhere" || arg === "k" ? user.path(arg) : arg)));
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
  });

  it("take nothing for an update that is none", async () => {
    const user = new User();
    const file = user.path("none.update");
    writeFileSync(file, "hello");
    const { code, stderr } = await user.run(["update", "offer", file]);
    expect([code, stderr.includes("is no update")]).toEqual([1, true]);
  });
});
