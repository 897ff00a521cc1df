import { createHash } from "node:crypto";
import { beforeAll, expect, it } from "vitest";
import { User } from "../../processes/programs.ts";
import { describeWithTools } from "../tools.ts";
import { buildPeer, TeslaGarage, TeslaPeer, VIN } from "./peer.ts";

const LOCKED = "VEHICLELOCKSTATE_LOCKED";
const UNLOCKED = "VEHICLELOCKSTATE_UNLOCKED";
const REPEATED = { fault: "INVALID_TOKEN_OR_COUNTER", status: "OPERATIONSTATUS_ERROR", sessionInfo: true };
const NOT_PAIRED = "your public key has not been paired with the vehicle";

const lockState = async (peer: TeslaPeer): Promise<string> => (await peer.does("status")).vehicleLockState;

/** As the list of keys names them. */
const keyId = async (peer: TeslaPeer): Promise<string> => {
  const point = Buffer.from(await peer.does("public-key"), "hex");
  return createHash("sha1").update(point).digest().subarray(0, 4).toString("base64");
};

describeWithTools("Tesla's vehicle-command at the doors", ["go"], () => {
  beforeAll(buildPeer);

  it("is a stranger first, pairs by a card tapped inside, and then unlocks, locks and opens the trunk", async () => {
    const garage = await TeslaGarage.opened(new User());
    const peer = await garage.peer("client");
    await peer.does("session doors");
    expect(await peer.fails("unlock")).toContain(NOT_PAIRED);
    expect(await lockState(peer)).toBe(LOCKED);

    await peer.does("pair owner");
    await garage.world("tap-card");
    expect(await peer.does("paired")).toMatchObject({ operationStatus: "OPERATIONSTATUS_OK", whitelistOperationStatus: { whitelistOperationInformation: "WHITELISTOPERATION_INFORMATION_NONE" } });
    expect(await peer.does("session-info doors")).toMatchObject({ status: "SESSION_INFO_STATUS_OK" });

    await peer.does("unlock");
    expect(await peer.does("told unlocked")).toMatchObject({ vehicleLockState: UNLOCKED, userPresence: "VEHICLE_USER_PRESENCE_NOT_PRESENT" });
    expect(await lockState(peer)).toBe(UNLOCKED);
    await peer.does("lock");
    expect(await peer.does("told locked")).toMatchObject({ vehicleLockState: LOCKED });
    await peer.does("trunk-open");
    expect(await peer.fails("trunk-close")).toContain("GENERICERROR_DISABLED_FOR_USER_COMMAND");
    await peer.does("wake");
  });

  it("is not added where the car's screen is told no", async () => {
    const garage = await TeslaGarage.opened(new User());
    const peer = await garage.peer("client");
    await peer.does("pair owner");
    await garage.world("tap-card card no");
    expect(await peer.does("paired")).toMatchObject({ operationStatus: "OPERATIONSTATUS_ERROR", whitelistOperationStatus: { whitelistOperationInformation: expect.stringMatching(/DENIED|UI/) } });
    await peer.does("session doors");
    expect(await peer.fails("unlock")).toContain(NOT_PAIRED);
  });

  it("authenticates by HMAC as well, and is answered encrypted", async () => {
    const garage = await TeslaGarage.opened(new User());
    const peer = await garage.paired("client", "driver", ["--hmac"]);
    await peer.does("session doors");
    await peer.does("unlock");
    await peer.does("told unlocked");
    expect((await peer.ask("again")).answer).toEqual(REPEATED);
    await peer.does("lock");
    await peer.does("told locked");
  });

  it("adds and removes keys as an owner, and as a driver it does not", async () => {
    const garage = await TeslaGarage.opened(new User(), ["--tesla-open-key-list"]);
    const owner = await garage.paired("owner");
    await owner.does("session doors");
    const driver = await garage.peer("driver");
    const guest = await garage.peer("guest");
    const [driverKey, guestKey] = [await driver.does("public-key"), await guest.does("public-key")];

    await owner.does(`add-key ${driverKey} driver`);
    await driver.does("session doors");
    await driver.does("unlock");
    await driver.does("told unlocked");
    expect(await driver.fails(`add-key ${guestKey} driver`)).toContain("INSUFFICIENT_PRIVILEGES");
    expect(await owner.fails(`add-key ${driverKey} driver`)).toContain("ALREADY_ON_THE_WHITELIST");
    expect(await owner.fails(`add-key ${guestKey} fleet`)).toContain("keychain operation failed");

    const listed = await owner.does("keys");
    const ids = listed.whitelistEntries.map((entry: { publicKeySHA1: string }) => entry.publicKeySHA1);
    expect(ids).toEqual(expect.arrayContaining([await keyId(owner), await keyId(driver)]));
    expect(ids).not.toContain(await keyId(guest));
    const slots = Array.from({ length: 32 }, (_, slot) => slot).filter((slot) => (listed.slotMask & (1 << slot)) !== 0);
    const entries = [];
    for (const slot of slots) entries.push(await owner.does(`key ${slot}`));
    expect(entries).toHaveLength(listed.numberOfEntries);
    expect(entries.map(({ slot }) => slot)).toEqual(slots);
    const base64 = Buffer.from(driverKey, "hex").toString("base64");
    expect(entries.find((entry) => entry.publicKey.PublicKeyRaw === base64)).toMatchObject({ keyRole: "ROLE_DRIVER", keyId: { publicKeySHA1: await keyId(driver) } });

    await owner.does(`remove-key ${driverKey}`);
    await driver.does("lost");
    await driver.does(`attach 127.0.0.1:${garage.car.port}`);
    expect(await driver.fails("lock")).toContain(NOT_PAIRED);
    expect(await owner.fails(`remove-key ${driverKey}`)).toContain("PUBLIC_KEY_NOT_ON_WHITELIST");
    expect(await lockState(owner)).toBe(UNLOCKED);
  });

  it("is told no list of keys unless the car is told to leak it", async () => {
    const garage = await TeslaGarage.opened(new User());
    const owner = await garage.paired("owner");
    const refused = await owner.ask("keys");
    expect([refused.ok, refused.answer]).toEqual([false, undefined]);
  });

  it("is refused what was sent before, once more", async () => {
    const garage = await TeslaGarage.opened(new User());
    const peer = await garage.paired("client");
    await peer.does("session doors");
    await peer.does("unlock");
    await peer.does("told unlocked");
    await garage.world("phone anna lock");
    await peer.does("told locked");
    expect((await peer.ask("again")).answer).toEqual(REPEATED);
    expect(await lockState(peer)).toBe(LOCKED);
  });

  it("is refused what was signed and delivered too late, and goes on after it", async () => {
    const garage = await TeslaGarage.opened(new User());
    const peer = await garage.paired("client");
    await peer.does("session doors");
    await peer.does("sign-only unlock");
    await garage.world("clock 15");
    expect((await peer.ask("again")).answer).toEqual({ fault: "TIME_EXPIRED", status: "OPERATIONSTATUS_ERROR", sessionInfo: true });
    expect(await lockState(peer)).toBe(LOCKED);
    await peer.does("unlock", ["TIME_EXPIRED"]);
    await peer.does("told unlocked");
  });

  it("recovers by itself when the car has started again, on the key that the car still knows", async () => {
    const garage = await TeslaGarage.opened(new User());
    const peer = await garage.paired("client");
    await peer.does("session doors");
    await peer.does("unlock");
    await peer.does("told unlocked");
    await garage.restart();
    await peer.does(`attach 127.0.0.1:${garage.car.port}`);
    await peer.does("lock", ["INCORRECT_EPOCH"]);
    await peer.does("told locked");
    await peer.does("unlock");
    await peer.does("told unlocked");
  });

  it("recovers from each fault that passes, and says the others", async () => {
    const garage = await TeslaGarage.opened(new User());
    const peer = await garage.paired("client");
    await garage.world("fault drop 1");
    await peer.does("session doors");
    for (const [kind, fault] of [["busy", "BUSY"], ["wrong-epoch", "INCORRECT_EPOCH"], ["stale-session", "TIME_EXPIRED"], ["invalidSignature", "INVALID_SIGNATURE"], ["internal", "INTERNAL"]] as const) {
      await garage.world(`fault ${kind} 1`);
      await peer.does("unlock", [fault]);
    }
    await garage.world("fault wait 1");
    await peer.does("lock");
    await peer.does("told locked");
    for (const [kind, said] of [["insufficientPrivileges", "INSUFFICIENT_PRIVILEGES"], ["full-whitelist", "KEYCHAIN_IS_FULL"], ["unknownKeyId", NOT_PAIRED]] as const) {
      await garage.world(`fault ${kind} 1`);
      expect(await peer.fails("unlock")).toContain(said);
    }
    expect(await lockState(peer)).toBe(LOCKED);
  });

  it("adds no key over a remote link", async () => {
    const user = new User();
    const car = await user.startCarWith(["car", "run", "--no-tui", "--listen", "0.0.0.0:0", "--allow-remote", "--flash", user.path("car.flash"), "--vin", VIN]);
    const peer = await TeslaPeer.attached(user, "client", car);
    await peer.does("pair owner");
    expect(await peer.does("paired")).toMatchObject({ operationStatus: "OPERATIONSTATUS_ERROR", whitelistOperationStatus: { whitelistOperationInformation: "WHITELISTOPERATION_INFORMATION_NO_PERMISSION_TO_ADD" } });
  });

  it("finds a fourth link refused by the car's name, as over the air", async () => {
    const garage = await TeslaGarage.opened(new User());
    for (const name of ["one", "two", "three"]) await garage.peer(name);
    expect(await TeslaPeer.started(garage.user, "four").fails(`attach 127.0.0.1:${garage.car.port}`)).toContain("not connectable");
  });
});
