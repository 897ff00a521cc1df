import { describe, expect, it } from "vitest";
import { URI } from "otpauth";
import { User, type CarProcess, type Ended, type Running } from "./programs.ts";

const PASSWORD = "correct horse battery";

/** An owner with a cloud, an account there, and a car whose uplink is a process of its own. */
class Story {
  readonly user = new User();
  cloud!: Running;
  car!: CarProcess;
  address = "";

  static async told(): Promise<Story> {
    const story = new Story();
    const { user } = story;
    story.cloud = user.start(["cloud", "run", "--data", user.path("cloud"), "--listen", "127.0.0.1:0"]);
    story.address = String((await story.cloud.heard(({ event }) => event === "ready"))["address"]);
    const car = await user.startCar();
    await user.run(["key", "init", "--name", "anna"]);
    const claim = await user.run(["car", "claim", "--json", "--flash", user.path("car.flash")]);
    expect((await user.run(["key", "pair", "--label", "van", "--via", car.via, "--json"], `${String(claim.json["uri"])}\n`)).code).toBe(0);
    await story.makes(["create", "--cloud", story.address, "--account", "anna"], `${PASSWORD}\n`);
    await story.makes(["login", "--cloud", story.address, "--account", "anna"], `${PASSWORD}\n`);
    await story.makes(["register", "--token-file", user.path("uplink.token")]);
    await car.stop();
    story.car = await user.startCar("car.flash", ["--uplink", story.address, "--uplink-token", user.path("uplink.token")]);
    await story.car.heard(({ text }) => String(text).includes("the cloud answers"));
    return story;
  }

  app(args: readonly string[], stdin = ""): Promise<Ended> {
    return this.user.run(["app", ...args, "--json"], stdin);
  }

  async makes(args: readonly string[], stdin = ""): Promise<Ended["json"]> {
    const { code, json, stderr } = await this.app(args, stdin);
    expect([code, json["ok"]], `${args.join(" ")}: ${stderr}`).toEqual([0, true]);
    return json;
  }

  key(args: readonly string[], stdin = ""): Promise<Ended> {
    return this.user.run(["key", ...args, "--via", this.car.via, "--json"], stdin);
  }

  /** Unlocks and locks beside the car, as on any other day. */
  async opensByItself(): Promise<void> {
    for (const act of [["unlock"], ["lock", "--force"]]) {
      const { code, stderr } = await this.key(act);
      expect(code, stderr).toBe(0);
    }
  }

  /** How often the car has done something for a key. */
  done(what: string): number {
    return this.car.events.filter((event) => event["event"] === "note" && event["what"] === what && event["outcome"] === "done").length;
  }

  cloudIs(...args: readonly string[]): Promise<Ended> {
    return this.user.run(["cloud", ...args, "--data", this.user.path("cloud"), "--json"]);
  }
}

describe("a car with an uplink, its cloud and the owner's app, each a process of its own", { timeout: 120_000 }, () => {
  it("is unlocked and locked from far away by the owner's key through the courier, and by the account alone by nobody", async () => {
    const story = await Story.told();
    await story.makes(["unlock"]);
    await story.makes(["lock", "--force"]);
    expect([story.done("unlock"), story.done("lock")]).toEqual([1, 1]);
    const signals = (await story.makes(["status"]))["signals"] as Record<string, unknown>;
    expect(Object.keys(signals)).toContain("Vehicle.Private.Access.Drive");
    for (const act of ["drive", "enrol"]) expect((await story.app([act])).code).toBe(2);
    // The same account, and a key that the car does not know.
    await story.user.run(["key", "init", "--name", "mallory", "--file", story.user.path("mallory")]);
    await story.makes(["login", "--cloud", story.address, "--account", "anna", "--file", story.user.path("mallory")], `${PASSWORD}\n`);
    const stranger = await story.app(["unlock", "--file", story.user.path("mallory")]);
    expect([stranger.code, story.done("unlock")]).toEqual([1, 1]);
    // An owner who wants no remote links has none, and everything else.
    expect((await story.key(["set", "remoteAccess=false"])).code).toBe(0);
    expect((await story.app(["unlock"])).json["reason"]).toBe("remoteLink");
    expect(story.done("unlock")).toBe(1);
    await story.opensByItself();
    expect(await story.car.stop()).toBe(0);
  });

  it("opens for its owner beside it under every fault of the cloud, and the app says that it did not", async () => {
    const story = await Story.told();
    for (const fault of ["500", "wrong-tls", "replay", "flood", "gone"]) {
      expect((await story.cloudIs("fault", fault)).code).toBe(0);
      const before = story.done("unlock");
      await story.opensByItself();
      const remote = await story.app(["unlock"]);
      expect([fault, remote.code, remote.json["ok"], story.done("unlock")]).toEqual([fault, 1, false, before + 1]);
    }
    expect((await story.cloudIs("fault", "hang")).code).toBe(0);
    let isAsking = true;
    const asking = story.app(["unlock"]).finally(() => (isAsking = false));
    // Both read the key file as they start; then the app waits for the cloud and holds nothing.
    let beside = await story.key(["unlock"]);
    while (beside.stderr.includes("is in use")) beside = await story.key(["unlock"]);
    expect([beside.code, isAsking]).toEqual([0, true]);
    expect((await asking).code).toBe(1);
    expect((await story.cloudIs("fault", "none")).code).toBe(0);
    expect(await story.car.stop()).toBe(0);
  });

  it("opens through the two-factor roll-out that locks its owner's account out: the failure of 2020", async () => {
    const story = await Story.told();
    expect((await story.cloudIs("roll-out", "two-factor", "on")).json["loggedOut"]).toBe(1);
    const out = await story.app(["login", "--cloud", story.address, "--account", "anna"], `${PASSWORD}\n`);
    expect([out.code, JSON.stringify(out.json)]).toEqual([1, expect.stringContaining("twoFactorRequired")]);
    expect((await story.app(["unlock"])).code).toBe(1);
    await story.opensByItself();
    await story.cloudIs("roll-out", "two-factor", "off");
    await story.makes(["login", "--cloud", story.address, "--account", "anna"], `${PASSWORD}\n`);
    const enrolling = story.user.converse(["app", "two-factor", "enrol", "--json"]);
    const uri = /otpauth:\/\/\S+/.exec(await enrolling.says("otpauth://"))![0];
    const totp = URI.parse(uri);
    const step = Math.floor(Date.now() / 30_000);
    const code = (at: number): string => totp.generate({ timestamp: at * 30_000 } as never);
    expect((await enrolling.end(`${code(step)}\n`)).code).toBe(0);
    await story.cloudIs("roll-out", "two-factor", "on");
    expect((await story.app(["login", "--cloud", story.address, "--account", "anna"], `${PASSWORD}\n${code(step)}\n`)).code).toBe(1);
    await story.makes(["login", "--cloud", story.address, "--account", "anna"], `${PASSWORD}\n${code(step + 1)}\n`);
    await story.makes(["unlock"]);
    expect(await story.car.stop()).toBe(0);
  });

  it("hears of a revocation by the cloud alone, and starts its uplink again when that is killed", async () => {
    const story = await Story.told();
    const { user } = story;
    await user.run(["key", "init", "--name", "ben", "--file", user.path("ben")]);
    const invited = (await user.run(["key", "invite", "--file", user.path("ben")])).stdout.trim();
    const shared = await user.run(["key", "share", "--to", invited, "--for", "2h"]);
    await user.run(["key", "accept", "--file", user.path("ben")], shared.stdout);
    expect((await story.key(["unlock", "--file", user.path("ben")])).code).toBe(0);
    expect((await user.run(["key", "revoke", "ben", "--not-now", "--json"])).code).toBe(0);
    await story.makes(["deliver", "--leave"]);
    await story.car.heard(({ what, outcome }) => what === "listCarried" && outcome === "done");
    expect((await story.key(["unlock", "--file", user.path("ben")])).code).toBe(1);
    const [pid] = user.processes("uplink --car");
    process.kill(pid!, "SIGKILL");
    await story.car.heard(({ text }) => String(text).includes("the cloud answers"), 2);
    await story.makes(["unlock"]);
    expect(await story.car.stop()).toBe(0);
  });

  it("goes on with a renewed token without a restart, and leaves the account with nothing changed for its keys", async () => {
    const story = await Story.told();
    await story.makes(["uplink-token", "van", "--token-file", story.user.path("uplink.token")]);
    // The uplink may be told that its old token is dead, and take up the new one a second later.
    let remote = await story.app(["unlock"]);
    while (remote.code !== 0) remote = await story.app(["unlock"]);
    expect(story.done("unlock")).toBe(1);
    await story.makes(["remove", "van"]);
    expect((await story.app(["unlock"])).json["message"]).toContain("does not have this car");
    await story.opensByItself();
    expect(await story.car.stop()).toBe(0);
  });
});
