import { beforeAll, expect, it } from "vitest";
import { User } from "../../processes/programs.ts";
import { describeWithTools } from "../tools.ts";
import { buildPeer, TeslaGarage, type TeslaPeer } from "./peer.ts";

/** A paired client with a session at infotainment, and its car. */
async function atInfotainment(role = "owner"): Promise<{ readonly garage: TeslaGarage; readonly peer: TeslaPeer }> {
  const garage = await TeslaGarage.opened(new User());
  const peer = await garage.paired("client", role);
  await peer.does("session both");
  return { garage, peer };
}

const REPEATED = { fault: "INVALID_TOKEN_OR_COUNTER", status: "OPERATIONSTATUS_ERROR", sessionInfo: true };

describeWithTools("Tesla's vehicle-command at infotainment", ["go"], () => {
  beforeAll(buildPeer);

  it("charges: limit, start and stop, port, and the next poll shows each", async () => {
    const { garage, peer } = await atInfotainment();
    await garage.world("charge 50");
    await peer.does("charge-limit 80");
    expect((await peer.does("data charge")).chargeState).toMatchObject({ chargeLimitSoc: 80, batteryLevel: 50, chargingState: { Disconnected: {} } });
    expect(await peer.fails("charge-start")).toContain("car could not execute command");
    await peer.does("charge-port-open");
    expect((await peer.does("data charge")).chargeState).toMatchObject({ chargePortDoorOpen: true });
    await garage.world("plug in");
    await peer.does("charge-stop");
    expect((await peer.does("data charge")).chargeState).toMatchObject({ chargingState: { Stopped: {} } });
    await peer.does("charge-start");
    expect((await peer.does("data charge")).chargeState).toMatchObject({ chargingState: { Charging: {} } });
    await peer.does("charge-amps 10");
    await peer.does("charge-stop");
    await garage.world("plug out");
    await peer.does("charge-port-close");
    expect((await peer.does("data charge")).chargeState).toMatchObject({ chargePortDoorOpen: false, chargeLimitSoc: 80 });
    expect(await peer.fails("charge-limit 101")).toContain("car could not execute command");
    expect((await peer.does("data charge")).chargeState.chargeLimitSoc).toBe(80);
  });

  it("sets the climate, sentry and valet modes, vents the windows, honks and flashes", async () => {
    const { peer } = await atInfotainment();
    await peer.does("climate-on");
    await peer.does("climate-temperature 23");
    expect((await peer.does("data climate")).climateState).toMatchObject({ isClimateOn: true, driverTempSetting: 23, passengerTempSetting: 23 });
    await peer.does("climate-off");
    expect((await peer.does("data climate")).climateState).toMatchObject({ isClimateOn: false });
    await peer.does("honk");
    await peer.does("flash");
    await peer.does("sentry on");
    expect((await peer.does("data closures")).closuresState.sentryModeState).toHaveProperty("Armed");
    await peer.does("sentry off");
    expect((await peer.does("data closures")).closuresState.sentryModeState).toHaveProperty("Off");
    await peer.does("windows-vent");
    expect((await peer.does("data closures")).closuresState).toMatchObject({ windowOpenDriverFront: true });
    await peer.does("windows-close");
    await peer.does("valet-on 1234");
    expect((await peer.does("data closures")).closuresState).toMatchObject({ valetMode: true });
    await peer.does("valet-off");
    expect((await peer.does("data closures")).closuresState).toMatchObject({ valetMode: false });
    await peer.does("speed-limit 65");
    await peer.does("ping");
  });

  it("polls drive, place, tyres, software and closures, in step with the doors", async () => {
    const { peer } = await atInfotainment();
    expect((await peer.does("data drive")).driveState).toMatchObject({ shiftState: { P: {} } });
    expect((await peer.does("data location")).locationState).toMatchObject({ latitude: expect.any(Number), longitude: expect.any(Number) });
    expect((await peer.does("data tires")).tirePressureState.tpmsPressureFl).toBeGreaterThan(1);
    expect((await peer.does("data software")).softwareUpdateState.version).not.toBe("");
    await peer.does("unlock");
    await peer.does("told unlocked");
    expect((await peer.does("data closures")).closuresState).toMatchObject({ locked: false });
  });

  it("is refused a repeated order, and recovers when infotainment has begun a new epoch", async () => {
    const { garage, peer } = await atInfotainment();
    await peer.does("charge-limit 70");
    await peer.does("charge-limit 60");
    expect((await peer.ask("again")).answer).toEqual(REPEATED);
    await garage.world("fault wrong-epoch 1");
    await peer.does("charge-limit 55", ["INCORRECT_EPOCH"]);
    await garage.restart();
    await peer.does(`attach 127.0.0.1:${garage.car.port}`);
    await peer.does("ping", ["INCORRECT_EPOCH"]);
  });

  it("wakes infotainment through the doors, and is served as soon as it has booted", async () => {
    const { garage, peer } = await atInfotainment();
    await garage.world("sleep");
    expect((await peer.does("status")).vehicleSleepStatus).toBe("VEHICLE_SLEEP_STATUS_ASLEEP");
    await peer.does("unlock");
    await peer.does("wake");
    expect(await peer.ask("ping")).toMatchObject({ ok: true, faults: expect.arrayContaining(["INCORRECT_EPOCH"]) });
    expect((await peer.does("status")).vehicleSleepStatus).toBe("VEHICLE_SLEEP_STATUS_AWAKE");
  });

  it("lets a monitor look and order nothing, and a charger charge and open nothing", async () => {
    const garage = await TeslaGarage.opened(new User());
    const owner = await garage.paired("owner");
    await owner.does("session doors");
    const [monitor, charger] = [await garage.peer("monitor"), await garage.peer("charger")];
    await owner.does(`add-key ${await monitor.does("public-key")} monitor`);
    await owner.does(`add-key ${await charger.does("public-key")} charger`);
    for (const peer of [monitor, charger]) await peer.does("session both");
    await monitor.does("data charge");
    expect(await monitor.ask("charge-limit 60")).toMatchObject({ ok: false, faults: ["INSUFFICIENT_PRIVILEGES"] });
    await charger.does("charge-limit 60");
    expect(await charger.ask("climate-on")).toMatchObject({ ok: false, faults: ["INSUFFICIENT_PRIVILEGES"] });
    for (const peer of [monitor, charger]) expect(await peer.ask("unlock")).toMatchObject({ ok: false, faults: ["INSUFFICIENT_PRIVILEGES"] });
    expect((await monitor.does("data charge")).chargeState.chargeLimitSoc).toBe(60);
  });
});
