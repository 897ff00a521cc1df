import { describe, expect, it } from "vitest";
import { REASONS } from "../../firmware/wire/index.ts";
import { User, type CarProcess, type Ended } from "./programs.ts";

/** A key of this user, each command of it a process of its own. */
function keyOf(user: User, file: string) {
  return (car: CarProcess | undefined, args: readonly string[], stdin?: string): Promise<Ended> =>
    user.run(["key", ...args, "--file", user.path(file), "--json", ...(car === undefined ? [] : ["--via", car.via])], stdin);
}

async function succeeds(running: Promise<Ended>): Promise<Ended["json"]> {
  const { code, json, stderr } = await running;
  expect([code, json["ok"]], stderr).toEqual([0, true]);
  return json;
}

/** Claims the car with a new key of that name. */
async function claim(user: User, car: CarProcess, file: string) {
  const key = keyOf(user, file);
  await succeeds(key(undefined, ["init", "--name", file]));
  await pair(user, car, key);
  return key;
}

async function pair(user: User, car: CarProcess, key: ReturnType<typeof keyOf>, flash = "car.flash"): Promise<void> {
  const { uri } = await succeeds(user.run(["car", "claim", "--flash", user.path(flash), "--json"]));
  await succeeds(key(car, ["pair", "--label", "camper"], `${String(uri)}\n`));
}

type LogEntry = Readonly<Record<string, unknown>>;
const linesOf = (json: Ended["json"]): readonly LogEntry[] => (json["lines"] ?? json["entries"]) as readonly LogEntry[];

describe("a car in one process, keys in others", () => {
  it("pairs, unlocks, shares, revokes and reads who did what, and everything is there after each of them has ended", async () => {
    const user = new User();
    let car = await user.startCar();
    const anna = await claim(user, car, "anna");
    expect(await succeeds(anna(car, ["unlock"]))).toMatchObject({ path: "full", latches: { driverDoor: "unlocked" } });
    expect(await succeeds(anna(car, ["lock"]))).toMatchObject({ path: "fast", latches: { driverDoor: "locked" } });

    const ben = keyOf(user, "ben");
    await succeeds(ben(undefined, ["init", "--name", "ben"]));
    const { invitation } = await succeeds(ben(undefined, ["invite"]));
    const { grant } = await succeeds(anna(undefined, ["share", "--to", String(invitation), "--uses", "5"]));
    await succeeds(ben(undefined, ["accept"], `${String(grant)}\n`));
    await succeeds(ben(car, ["unlock"]));

    const cara = keyOf(user, "cara");
    await succeeds(cara(undefined, ["init", "--name", "cara"]));
    const timed = await succeeds(anna(undefined, ["share", "--to", String((await succeeds(cara(undefined, ["invite"])))["invitation"]), "--for", "2h"]));
    await succeeds(cara(undefined, ["accept"], `${String(timed["grant"])}\n`));
    await succeeds(cara(car, ["lock"]));

    expect(await car.stop()).toBe(0);
    car = await user.startCar();
    expect(await car.ready).toMatchObject({ claimed: true, lost: [] });
    await succeeds(ben(car, ["unlock"]));
    await succeeds(anna(car, ["lock"]));
    expect(await succeeds(anna(car, ["revoke", "ben"]))).toMatchObject({ delivered: true });
    const refused = await ben(car, ["unlock"]);
    expect([refused.code, refused.json["ok"], refused.json["reason"]]).toEqual([1, false, "grantRevoked"]);
    expect(refused.json["code"]).toBe(REASONS.grantRevoked.code);

    await car.kill();
    car = await user.startCar();
    expect((await ben(car, ["unlock"])).json["reason"]).toBe("grantRevoked");
    const lines = linesOf(await succeeds(anna(car, ["log"])));
    const story = lines.map((line) => `${String(line["what"])} ${String(line["outcome"])} ${String(line["why"])}`);
    expect(story).toEqual(expect.arrayContaining(["pair done anna is the owner", "unlock done guest ben", "unlock refused grantRevoked"]));
    expect(await car.stop()).toBe(0);
  });

  it("enrols a second key, which works after a restart, and removes it", async () => {
    const user = new User();
    let car = await user.startCar();
    const anna = await claim(user, car, "anna");
    const bea = keyOf(user, "bea");
    await succeeds(bea(undefined, ["init", "--name", "bea", "--algorithm", "ES256"]));
    const { invitation } = await succeeds(bea(undefined, ["invite"]));
    const { bundle } = await succeeds(anna(car, ["enrol", "--role", "driver", "--to", String(invitation)]));
    await succeeds(bea(undefined, ["accept"], `${String(bundle)}\n`));
    await car.kill();
    car = await user.startCar();
    await succeeds(bea(car, ["unlock"]));
    const { keys } = await succeeds(anna(car, ["list"]));
    expect((keys as readonly { name: string; role: string }[]).map(({ name, role }) => `${name} ${role}`)).toEqual(["anna owner", "recovery key recovery", "bea driver"]);
    await succeeds(anna(car, ["revoke", "bea"]));
    const refused = await bea(car, ["lock"]);
    expect([refused.code, refused.json["reason"]]).toEqual([1, "keyRefused"]);
  });

  it("hands the car over to a new owner, whose printed kit alone makes a lost key good", async () => {
    const user = new User();
    const car = await user.startCar();
    const anna = await claim(user, car, "anna");
    const ben = keyOf(user, "ben");
    await succeeds(ben(undefined, ["init", "--name", "ben"]));
    const { uri } = await succeeds(anna(car, ["transfer"]));
    await succeeds(ben(car, ["pair", "--label", "mine"], `${String(uri)}\n`));
    expect((await anna(car, ["unlock"])).json["reason"]).toBe("keyRefused");
    const { kit } = await succeeds(ben(undefined, ["kit"]));
    await succeeds(ben(undefined, ["kit", "--forget"]));

    const paper = keyOf(user, "paper");
    await succeeds(paper(undefined, ["recover"], `${String(kit)}\n`));
    expect((await paper(car, ["unlock"])).json["reason"]).toBe("roleForbids");
    const fresh = keyOf(user, "fresh");
    const { invitation } = await succeeds(fresh(undefined, ["init", "--name", "fresh"]));
    const { bundle } = await succeeds(paper(car, ["enrol", "--role", "owner", "--to", String(invitation)]));
    await succeeds(fresh(undefined, ["accept"], `${String(bundle)}\n`));
    await succeeds(paper(car, ["revoke", "ben"]));
    await succeeds(fresh(car, ["unlock"]));
    expect((await ben(car, ["unlock"])).json["reason"]).toBe("keyRefused");
  });

  it("drives after the PIN alone, once an owner has set one, and never shows it", async () => {
    const user = new User();
    const car = await user.startCar();
    const anna = await claim(user, car, "anna");
    const weak = await anna(car, ["pin", "set"], "1234\n");
    expect([weak.code, weak.json["reason"]]).toEqual([1, "weakPin"]);
    await succeeds(anna(car, ["pin", "set"], "4711\n"));
    expect((await anna(car, ["drive"])).json["reason"]).toBe("pinRequired");
    expect((await anna(car, ["pin", "enter"], "0815\n")).json["reason"]).toBe("wrongPin");
    await succeeds(anna(car, ["pin", "enter"], "4711\n"));
    await succeeds(anna(car, ["drive"]));
    await succeeds(user.run(["world", "keypad", "4711", "--json"]));
    await succeeds(anna(car, ["pin", "clear"]));
    await succeeds(anna(car, ["drive"]));
    expect(JSON.stringify(car.events)).not.toMatch(/4711|0815/);
  });

  it("tells two cars of one name apart by the beginning of their ids", async () => {
    const user = new User();
    const first = await user.startCar();
    const anna = await claim(user, first, "anna");
    const second = await user.startCar("second.flash");
    await pair(user, second, anna, "second.flash");
    const which = await anna(second, ["unlock"]);
    expect(which.code).toBe(1);
    const told = /--car: ([0-9a-f]{8}) \(camper\), ([0-9a-f]{8}) \(camper\)/.exec(String(which.json["wayOut"]));
    await succeeds(anna(second, ["unlock", "--car", told![2]!]));
  });

  it("says what is wrong where there is no car, no key, or a flash that another car holds", async () => {
    const user = new User();
    const car = await user.startCar();
    const anna = await claim(user, car, "anna");
    const second = await user.run(["car", "run", "--no-tui", "--json", "--listen", "127.0.0.1:0", "--flash", user.path("car.flash")]);
    expect(second.code).toBe(1);
    expect(second.stdout + second.stderr).toMatch(/lock|use|run/i);
    await car.stop();
    const nobody = await anna(car, ["unlock"]);
    expect([nobody.code, nobody.json["ok"], nobody.json["reason"]]).toEqual([1, false, "refused"]);
    const none = await keyOf(user, "nokey")(car, ["unlock"]);
    expect([none.code, none.json["ok"]]).toEqual([1, false]);
  });
});
