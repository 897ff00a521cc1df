import { expect, it } from "vitest";
import { until } from "../hal/socket-radio/rig.ts";
import { nextVersion } from "./garage.ts";
import { openPiGarage } from "./pi-garage.ts";
import { describeWithSerial } from "./serial.ts";

describeWithSerial("a car on relays, card reader and receiver, under the boot loader, each a process of its own", () => {
  it("does the whole story with no network at all: card, PIN, drive, place", { timeout: 120_000 }, async () => {
    const { garage, relay, reader, gps, bolt, takeCardAway } = await openPiGarage();
    const { user, car } = garage;
    const key = (args: readonly string[], stdin = "") => user.run(["key", ...args, "--via", garage.car.via, "--json"], stdin);
    await garage.opens();
    expect(bolt()).toEqual(["unlocked", "locked"]);

    const adding = key(["card", "add", "wallet"]);
    await car.heard(({ why }) => String(why).includes("waits for the card of wallet"));
    reader.say("tap tesla");
    expect((await adding).json).toMatchObject({ ok: true, name: "wallet" });
    await takeCardAway();
    reader.say("tap tesla");
    await until(() => bolt().length === 3);
    expect(bolt()[2]).toBe("unlocked");

    expect((await key(["pin", "set"], "4711\n")).json["ok"]).toBe(true);
    expect((await key(["drive"])).json).toMatchObject({ ok: false, reason: "pinRequired" });
    expect((await key(["pin", "enter"], "4711\n")).json["ok"]).toBe(true);
    expect((await key(["drive"])).json["ok"]).toBe(true);
    await relay.heard(({ event, channel, on }) => event === "relay" && channel === 3 && on === true);

    gps.say("move -33.85834 151.20876");
    let place: unknown;
    await until(() => place !== undefined || (void key(["locate"]).then(({ json }) => {
      const signals = json["signals"] as Record<string, number> | undefined;
      if (Math.abs((signals?.["Vehicle.CurrentLocation.Latitude"] ?? 0) + 33.85834) < 1e-4) place = signals;
    }), false));
    expect(place).toMatchObject({ "Vehicle.CurrentLocation.Longitude": expect.closeTo(151.20876, 4) });
    expect(await car.stop()).toBe(0);
  });

  it("undoes an update that crashes, keeps one that proves itself, and moves the bolt after both", { timeout: 120_000 }, async () => {
    const { garage, bolt } = await openPiGarage();
    await garage.install(await garage.make("throw new Error('bad release');\n"));
    await garage.car.heard(({ event }) => event === "boot.rolledBack");
    await garage.car.heard(({ what, why }) => what === "update" && String(why).includes("rolled back"));
    await garage.opens();
    expect(bolt()).toHaveLength(2);
    await garage.install(await garage.make(nextVersion(), { sequence: 3 }));
    await garage.car.heard(({ what, why }) => what === "update" && String(why).includes("confirmed"));
    await garage.opens();
    expect(bolt()).toHaveLength(4);
    expect(await garage.car.stop()).toBe(0);
  });
});
