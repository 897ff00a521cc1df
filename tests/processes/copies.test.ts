import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type CarProcess, type Ended, User } from "./programs.ts";

const PASSPHRASE = "correct horse battery staple\n";

async function succeeds(running: Promise<Ended>): Promise<Ended["json"]> {
  const { code, stderr, json } = await running;
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  return json;
}

const via = (car: CarProcess): string[] => ["--via", car.via];

/** A claimed car on `car.flash`, its owner's key in `anna`. */
async function claimed(user: User): Promise<CarProcess> {
  const car = await user.startCar();
  await succeeds(user.run(["key", "init", "--name", "anna", "--file", user.path("anna")]));
  const { uri } = await succeeds(user.run(["car", "claim", "--flash", user.path("car.flash"), "--json"]));
  await succeeds(user.run(["key", "pair", "--label", "camper", "--file", user.path("anna"), ...via(car)], `${String(uri)}\n`));
  return car;
}

describe("a copy of a key", () => {
  it("sealed with a passphrase opens the car again after the phone is lost, and to nobody without it", async () => {
    const user = new User();
    const car = await claimed(user);
    await succeeds(user.run(["key", "backup", user.path("anna.age"), "--file", user.path("anna")], PASSPHRASE));
    expect(statSync(user.path("anna.age")).mode & 0o777).toBe(0o600);
    expect(readFileSync(user.path("anna.age"), "latin1")).toMatch(/^age-encryption.org\/v1\n-> scrypt /);
    const wrong = await user.run(["key", "restore", user.path("anna.age"), "--file", user.path("new")], "incorrect horse battery\n");
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("the passphrase is wrong, or the file is damaged")]);
    expect(existsSync(user.path("new"))).toBe(false);
    await succeeds(user.run(["key", "restore", user.path("anna.age"), "--file", user.path("new")], PASSPHRASE));
    await succeeds(user.run(["key", "unlock", "--file", user.path("new"), ...via(car)]));
  });

  it.each([
    ["a short passphrase", ["key", "backup", "OUT"], "horse\n", "12 letters"],
    ["a file that is there", ["key", "backup", "anna"], PASSPHRASE, "exists already"],
    ["a key that is there", ["key", "restore", "anna"], PASSPHRASE, "cannot be opened"],
  ])("is refused for %s, and nothing is written over", async (_, [group, verb, file], passphrase, why) => {
    const user = new User();
    await succeeds(user.run(["key", "init", "--name", "anna", "--file", user.path("anna")]));
    const before = readFileSync(user.path("anna"));
    const { code, stderr } = await user.run([group!, verb!, user.path(file!), "--file", user.path("anna")], passphrase);
    expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
    expect(readFileSync(user.path("anna"))).toEqual(before);
  });
});

describe("a copy of a car's memory", () => {
  it("puts the car with its keys on a new flash, and the owner's phone says what is lost", async () => {
    const user = new User();
    const car = await claimed(user);
    const flash = ["--flash", user.path("car.flash")];
    const busy = await user.run(["car", "export", user.path("car.age"), ...flash], PASSPHRASE);
    expect([busy.code, busy.stderr]).toEqual([1, expect.stringContaining("is in use by process")]);
    await car.stop();
    await succeeds(user.run(["car", "export", user.path("car.age"), ...flash], PASSPHRASE));
    const later = await user.startCar();
    await succeeds(user.run(["key", "unlock", "--file", user.path("anna"), ...via(later)]));
    await succeeds(user.run(["key", "log", "--file", user.path("anna"), ...via(later)]));
    await later.stop();

    const taken = await user.run(["car", "import", user.path("car.age"), ...flash], PASSPHRASE);
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining("already")]);
    const fresh = ["--flash", user.path("new.flash")];
    await succeeds(user.run(["car", "import", user.path("car.age"), ...fresh], PASSPHRASE));
    const restored = await user.startCar("new.flash");
    await succeeds(user.run(["key", "unlock", "--file", user.path("anna"), ...via(restored)]));
    const log = await user.run(["key", "log", "--file", user.path("anna"), ...via(restored), "--json"]);
    expect([log.code, log.stderr]).toEqual([1, expect.stringContaining("does not verify")]);
  });

  it("that is damaged, or no car's memory, makes no flash", async () => {
    const user = new User();
    const car = await claimed(user);
    await car.stop();
    await succeeds(user.run(["car", "export", user.path("car.age"), "--flash", user.path("car.flash")], PASSPHRASE));
    const bytes = readFileSync(user.path("car.age"));
    bytes[bytes.length - 20]! ^= 1;
    writeFileSync(user.path("bad.age"), bytes);
    await succeeds(user.run(["key", "backup", user.path("key.age"), "--file", user.path("anna")], PASSPHRASE));
    for (const [file, why] of [["bad.age", "damaged"], ["key.age", "is no car's memory"], ["none.age", "cannot be read"]] as const) {
      const { code, stderr } = await user.run(["car", "import", user.path(file), "--flash", user.path("new.flash")], PASSPHRASE);
      expect([file, code, stderr]).toEqual([file, 1, expect.stringContaining(why)]);
    }
    expect(existsSync(user.path("new.flash"))).toBe(false);
    expect(existsSync(user.path("new.flash.import"))).toBe(false);
  });
});
