import { copyFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { User } from "../../processes/programs.ts";
import type { Result } from "../asked.ts";
import { describeWithTools } from "../tools.ts";
import { buildPeer, TeslaGarage, type TeslaPeer } from "./peer.ts";

type Answer = Result["answer"];

async function atInfotainment(): Promise<{ readonly garage: TeslaGarage; readonly peer: TeslaPeer }> {
  const garage = await TeslaGarage.opened(new User());
  const peer = await garage.paired("client");
  await peer.does("session both");
  return { garage, peer };
}

/** What each everyday order of Tesla's own tool does to the next poll of its category. */
const SHOWN: readonly (readonly [command: string, category: string, state: string, fields: object])[] = [
  ["seat-heater 2nd-row-center medium", "climate", "climateState", { seatHeaterRearCenter: 2 }],
  ["seat-cooler front-right high", "climate", "climateState", { seatFanFrontRight: 3, seatFanFrontLeft: 0 }],
  ["auto-seats on", "climate", "climateState", { autoSeatClimateLeft: true, autoSeatClimateRight: true }],
  ["steering-wheel-heater on", "climate", "climateState", { steeringWheelHeater: true, steeringWheelHeatLevel: "StwHeatLevel_High" }],
  ["bioweapon on", "climate", "climateState", { bioweaponModeOn: true }],
  ["defrost on", "climate", "climateState", { defrostMode: { Max: {} }, isFrontDefrosterOn: true }],
  ["overheat-protection on", "climate", "climateState", { cabinOverheatProtection: "CabinOverheatProtectionOn" }],
  ["overheat-from medium", "climate", "climateState", { copActivationTemperature: "CopActivationTempMedium" }],
  ["climate-keeper dog", "climate", "climateState", { climateKeeperMode: { Dog: {} } }],
  ["volume 7", "media", "mediaState", { audioVolume: 7 }],
  ["playback", "media", "mediaState", { mediaPlaybackStatus: "Playing" }],
  ["next-favourite", "media-detail", "mediaDetailState", { nowPlayingSourceString: "Favourite 1" }],
  ["charge-at 90", "charge", "chargeState", { scheduledChargingMode: "ScheduledChargingModeStartAt", scheduledChargingStartTimeMinutes: 90 }],
  ["charge-at-off", "charge", "chargeState", { scheduledChargingMode: "ScheduledChargingModeOff" }],
  ["depart-at 480", "charge", "chargeState", { scheduledChargingMode: "ScheduledChargingModeDepartBy", scheduledDepartureTimeMinutes: 480, preconditioningEnabled: true, preconditioningTimes: { allWeek: {} } }],
  ["plan-charge 7 1320 360", "charge-plans", "chargeScheduleState", { chargeSchedules: [expect.objectContaining({ id: "7", daysOfWeek: 127, startTime: 1320, endTime: 360, enabled: true, latitude: 52.25 })] }],
  ["forget-charge-plan 7", "charge-plans", "chargeScheduleState", { chargeSchedules: [] }],
  ["plan-climate 8 480", "climate-plans", "preconditioningScheduleState", { preconditionSchedules: [expect.objectContaining({ id: "8", preconditionTime: 480, oneTime: true })] }],
  ["forget-plans", "climate-plans", "preconditioningScheduleState", { preconditionSchedules: [] }],
  ["software-in 60", "software", "softwareUpdateState", { status: { Scheduled: {} } }],
  ["software-cancel", "software", "softwareUpdateState", { status: { Available: {} } }],
  ["guest-mode on", "parental-controls", "parentalControlsState", { parentalControlsActive: false }],
];

/** What this car has not got, and the words in which a client hears it. */
const REFUSED: readonly (readonly [command: string, why: string])[] = [
  ["sunroof 50", "car could not execute command: unsupported"],
  ["nearby-charging", "car could not execute command: unsupported"],
  ["erase-guest-data", "car could not execute command: unsupported"],
  ["seat-heater 3rd-row-left high", "car could not execute command: unsupported"],
  ["forget-charge-plan 7", "car could not execute command: not_found"],
  ["plan-charge 7 1440 360", "car could not execute command: invalid_time"],
  ["climate-temperature 40", "car could not execute command: invalid_temperature"],
  ["tonneau-open", "GENERICERROR_DISABLED_FOR_USER_COMMAND"],
  ["trunk-close", "GENERICERROR_DISABLED_FOR_USER_COMMAND"],
];

describeWithTools("Tesla's vehicle-command and a car's comfort systems", ["go"], () => {
  beforeAll(buildPeer);

  it("orders what people order every day, and sees each in its next poll", async () => {
    const { peer } = await atInfotainment();
    for (const [command, category, state, fields] of SHOWN) {
      await peer.does(command);
      expect((await peer.does(`data ${category}`))[state], command).toMatchObject(fields);
    }
    for (const command of ["low-power on", "accessory-power off", "homelink", "rename blue", "autosecure", "valet-reset-pin", "pin-to-drive-reset", "pin-to-drive-clear", "speed-limit-clear-admin", "depart-off"]) await peer.does(command);
  });

  it("hears in words what this car has not got", async () => {
    const { peer } = await atInfotainment();
    for (const [command, why] of REFUSED) expect(await peer.fails(command), command).toContain(why);
  });

  it("is told what an hour of charging adds, and whether the socket holds the cable", async () => {
    const { garage, peer } = await atInfotainment();
    const charge = async (): Promise<Answer> => (await peer.does("data charge")).chargeState;
    await garage.world("plug in");
    expect(await charge()).toMatchObject({ chargePortLatch: { Engaged: {} }, chargerPhases: 1, chargeRateMph: 41, scheduledChargingPending: false });
    await peer.does("charge-port-open");
    expect(await charge()).toMatchObject({ chargePortLatch: { Disengaged: {} }, chargingState: { Stopped: {} }, connChargeCable: { IEC: {} } });
  });

  it("that keeps its sessions in a file goes on in a new process, also with a file that is behind", async () => {
    const { garage, peer } = await atInfotainment();
    const [file, behind] = [garage.user.path("sessions.json"), garage.user.path("behind.json")];
    await peer.does(`keep-sessions ${file}`);
    copyFileSync(file, behind);
    await peer.does("unlock");
    await peer.does("ping");
    await peer.does(`keep-sessions ${file}`);
    const [next, late] = [await garage.peer("client", ["--sessions", file]), await garage.peer("client", ["--sessions", behind])];
    await next.does("lock");
    await next.does("ping");
    await late.does("unlock", ["INVALID_TOKEN_OR_COUNTER"]);
    await late.does("ping", ["INVALID_TOKEN_OR_COUNTER"]);
    await garage.restart();
    const last = await garage.peer("client", ["--sessions", file]);
    await last.does("lock", ["INCORRECT_EPOCH"]);
  });

  it("wakes a car that sleeps before it has a session there, as bridges do, and gets one when it has booted", async () => {
    const { garage, peer } = await atInfotainment();
    await garage.world("sleep");
    const bridge = await garage.peer("client", ["--timeout", "15s"]);
    await bridge.does("session doors");
    expect((await bridge.does("status")).vehicleSleepStatus).toBe("VEHICLE_SLEEP_STATUS_ASLEEP");
    await bridge.does("wake");
    expect(await bridge.ask("session both")).toMatchObject({ ok: true });
    await bridge.does("climate-on");
    expect((await bridge.does("status")).vehicleSleepStatus).toBe("VEHICLE_SLEEP_STATUS_AWAKE");
    // A client with the same key and a counter of its own has been there.
    await peer.does("unlock", ["INVALID_TOKEN_OR_COUNTER"]);
  });
});
