import { beforeAll, expect, it } from "vitest";
import { User, type Ended } from "../../processes/programs.ts";
import { describeWithTools } from "../tools.ts";
import { buildPeer, TeslaGarage } from "./peer.ts";

const DRIVER_DOOR = "Vehicle.Private.Access.Latch.DriverDoor.State";

type Json = Ended["json"];

/** A native key of the user that has claimed the car and added a card to it. */
async function ownerWithCard(user: User, garage: TeslaGarage): Promise<(...args: string[]) => Promise<Json>> {
  const run = async (args: readonly string[], stdin?: string): Promise<Json> => {
    const { code, json, stderr } = await user.run([...args, "--json"], stdin);
    expect([code, json["ok"] ?? true], stderr).toEqual([0, true]);
    return json;
  };
  const file = ["--file", user.path("anna")];
  const native = (...args: string[]): Promise<Json> => run(["key", ...args, ...file, "--via", garage.car.via]);
  await run(["key", "init", "--name", "anna", ...file]);
  const { uri } = await run(["car", "claim", "--flash", user.path("car.flash")]);
  await run(["key", "pair", ...file, "--via", garage.car.via], `${String(uri)}\n`);
  const adding = native("card", "add", "wallet");
  await garage.car.heard(({ event, why }) => event === "note" && String(why).includes("waits for the card of wallet"));
  await garage.world("card wallet outside");
  await adding;
  return native;
}

describeWithTools("a native key and Tesla's vehicle-command on one car", ["go"], () => {
  beforeAll(buildPeer);

  it("see one truth: what one unlocks is unlocked for the other, in one key store and one log", async () => {
    const user = new User();
    const garage = await TeslaGarage.opened(user, ["--tesla-open-key-list"]);
    const native = await ownerWithCard(user, garage);
    const tesla = await garage.peer("client");
    await tesla.does("pair driver");
    await garage.world("tap-card wallet");
    await tesla.does("paired");
    await tesla.does("session doors");

    await tesla.does("unlock");
    await tesla.does("told unlocked");
    // The dialect says so from the first turn of the motor on; the motor may be turning still.
    expect(((await native("status"))["signals"] as Json)[DRIVER_DOOR]).toMatch(/^unlock(ing|ed)$/);
    expect(await native("lock")).toMatchObject({ latches: { driverDoor: "locked" } });
    await tesla.does("told locked");
    await native("unlock");
    expect((await tesla.does("status")).vehicleLockState).toBe("VEHICLELOCKSTATE_UNLOCKED");

    const point = await tesla.does("public-key");
    const keys = (await native("list"))["keys"] as readonly Json[];
    const added = keys.find(({ name }) => String(name).startsWith("Android phone"));
    expect(added).toMatchObject({ role: "driver" });
    const listed = await tesla.does("keys");
    const entries = [];
    for (let slot = 0; slot < 32; slot++) if ((listed.slotMask & (1 << slot)) !== 0) entries.push(await tesla.does(`key ${slot}`));
    expect(entries.map((entry) => Buffer.from(entry.publicKey.PublicKeyRaw, "base64").toString("hex"))).toContain(point);

    const log = await native("log");
    const story = ((log["lines"] ?? log["entries"]) as readonly Json[]).map(({ what, outcome, who }) => `${String(what)} ${String(outcome)} ${String(who)}`);
    const [anna, client] = [keys.find(({ name }) => name === "anna")!["keyId"], added!["keyId"]].map(String);
    expect(story.slice(-3)).toEqual([`unlock done ${client}`, `lock done ${anna}`, `unlock done ${anna}`]);
  });

  it("loses its Tesla key to the native owner, with its link, and is a stranger when it comes again", async () => {
    const user = new User();
    const garage = await TeslaGarage.opened(user);
    const native = await ownerWithCard(user, garage);
    const tesla = await garage.peer("client");
    await tesla.does("pair driver");
    await garage.world("tap-card wallet");
    await tesla.does("paired");
    await tesla.does("session doors");
    await tesla.does("unlock");
    await tesla.does("told unlocked");
    const keys = (await native("list"))["keys"] as readonly Json[];
    await native("revoke", String(keys.find(({ name }) => String(name).startsWith("Android phone"))!["name"]));
    await tesla.does("lost");
    expect(await tesla.fails("lock")).toBe("vehicle not connected");
    await tesla.does(`attach 127.0.0.1:${garage.car.port}`);
    expect(await tesla.fails("lock")).toContain("your public key has not been paired with the vehicle");
    expect((await tesla.does("status")).vehicleLockState).toBe("VEHICLELOCKSTATE_UNLOCKED");
  });

  it("keeps a Tesla key of a driver from the trunk while its owner has valet mode on, as any other", async () => {
    const user = new User();
    const garage = await TeslaGarage.opened(user);
    const native = await ownerWithCard(user, garage);
    const tesla = await garage.peer("client");
    await tesla.does("pair driver");
    await garage.world("tap-card wallet");
    await tesla.does("paired");
    await tesla.does("session doors");
    await native("valet", "on");
    expect(await tesla.ask("trunk-open")).toMatchObject({ ok: false, faults: ["INSUFFICIENT_PRIVILEGES"] });
    await native("valet", "off");
    await tesla.does("trunk-open");
  });
});
