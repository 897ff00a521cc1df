import { expect, it } from "vitest";
import { User } from "../../processes/programs.ts";
import { TeslaGarage } from "../tesla/peer.ts";
import { describeWithPython } from "../tools.ts";
import { PythonPeer } from "./python.ts";

const LOCKED = "VEHICLELOCKSTATE_LOCKED";
const open = (): Promise<TeslaGarage> => TeslaGarage.opened(new User());

describeWithPython("Python's tesla_fleet_api", () => {
  it("is a stranger first, pairs by a card tapped inside, then unlocks, locks, opens the trunk and drives", async () => {
    const garage = await open();
    const peer = await PythonPeer.attached(garage, "client");
    expect(await peer.fails("door_unlock")).toBe("NotOnWhitelistFault");
    await peer.does("detach");

    const paired = await PythonPeer.paired(garage);
    expect(await paired.does("vehicle_state")).toMatchObject({ vehicleLockState: LOCKED, vehicleSleepStatus: "VEHICLE_SLEEP_STATUS_AWAKE" });
    await paired.acts("door_unlock");
    expect((await paired.does("vehicle_state")).vehicleLockState).toBeUndefined();
    await paired.acts("door_lock");
    await paired.acts('actuate_trunk {"which_trunk":"rear"}');
    expect(await paired.declined("open_front_driver_door")).toBe("GENERICERROR_DISABLED_FOR_USER_COMMAND");
    await paired.acts("remote_start_drive");
    await paired.acts("wake_up");
  });

  it("is not added where the car's screen is told no", async () => {
    const garage = await open();
    const peer = await PythonPeer.attached(garage, "client");
    const pairing = peer.fails("pair");
    await garage.car.heard(({ why }) => String(why).includes("waits for a card tapped inside"));
    await garage.world("tap-card card no");
    expect(await pairing).toBe("WhitelistOperationLocalEntityAuthFailedUIDenied");
  });

  it("reads all that it can ask for, one category at a time", async () => {
    const peer = await PythonPeer.paired(await open());
    expect(await peer.does("charge_state")).toMatchObject({ charging_state: { Disconnected: {} }, charge_limit_soc: 80, battery_level: 62 });
    expect(await peer.does("climate_state")).toMatchObject({ is_climate_on: false, driver_temp_setting: 21 });
    expect(await peer.does("drive_state")).toMatchObject({ shift_state: { P: {} } });
    expect(await peer.does("location_state")).toMatchObject({ estimated_gps_valid: true });
    expect(await peer.does("closures_state")).toMatchObject({ locked: true, door_open_driver_front: false, sentry_mode_state: { Off: {} } });
    expect(await peer.does("tire_pressure_state")).toMatchObject({ tpms_pressure_fl: expect.closeTo(2.9) });
    expect(await peer.does("media_state")).toMatchObject({ media_playback_status: "Paused" });
    expect(await peer.does("software_update_state")).toMatchObject({ version: expect.any(String) });
    for (const category of ["charge_schedule_state", "preconditioning_schedule_state", "media_detail_state", "parental_controls_state"]) {
      expect(await peer.does(category), category).toHaveProperty("timestamp");
    }
    expect(await peer.does('vehicle_data {"endpoints":["GetDriveState"]}')).toHaveProperty("drive_state.shift_state");
    expect(await peer.fails('vehicle_data {"endpoints":["GetChargeState","GetClimateState"]}')).toBe("TeslaFleetMessageFaultResponseSizeExceedsMTU");
    expect((await peer.orders("ping")).result).toBe(true);
  });

  it("charges, and sees it in the next poll", async () => {
    const garage = await open();
    const peer = await PythonPeer.paired(garage);
    expect(await peer.declined("charge_start")).toBe("disconnected");
    await garage.world("plug in");
    await peer.done('set_charge_limit {"percent":70}');
    await peer.done('set_charging_amps {"charging_amps":10}');
    expect(await peer.does("charge_state")).toMatchObject({ charging_state: { Charging: {} }, charge_limit_soc: 70, charge_current_request: 10, charge_port_door_open: true });
    await peer.done("charge_stop");
    expect(await peer.does("charge_state")).toMatchObject({ charging_state: { Stopped: {} } });
    await peer.done('set_scheduled_charging {"enable":true,"time":60}');
    expect(await peer.does("charge_state")).toMatchObject({ scheduled_charging_start_time_minutes: 60 });
  });

  it("orders the cabin and the rest, and sees them in the next poll", async () => {
    const peer = await PythonPeer.paired(await open());
    await peer.done("auto_conditioning_start");
    await peer.done('set_temps {"driver_temp":20,"passenger_temp":22}');
    await peer.done('remote_seat_heater_request {"seat_position":0,"seat_heater_level":3}');
    await peer.done('remote_steering_wheel_heater_request {"on":true}');
    await peer.done('set_climate_keeper_mode {"climate_keeper_mode":2}');
    expect(await peer.does("climate_state")).toMatchObject({ is_climate_on: true, driver_temp_setting: 20, passenger_temp_setting: 22, seat_heater_left: 3, steering_wheel_heater: true, climate_keeper_mode: { Dog: {} } });
    await peer.done('set_sentry_mode {"on":true}');
    await peer.done('window_control {"command":"vent"}');
    expect(await peer.does("closures_state")).toMatchObject({ sentry_mode_state: { Armed: {} }, window_open_driver_front: true });
    for (const command of ["honk_horn", "flash_lights", "media_toggle_playback", "media_next_track", "media_volume_up", 'adjust_volume {"volume":3}', 'set_vehicle_name {"vehicle_name":"Car"}']) await peer.done(command);
    expect(await peer.does("media_state")).toMatchObject({ media_playback_status: "Playing", audio_volume: 3 });
    expect(await peer.declined("erase_user_data")).toBe("unsupported");
  });

  it("sets valet mode, the PIN to drive and the speed limit", async () => {
    const peer = await PythonPeer.paired(await open());
    await peer.done('set_valet_mode {"on":true,"password":"2580"}');
    expect(await peer.does("closures_state")).toMatchObject({ valet_mode: true });
    await peer.done('set_valet_mode {"on":false,"password":"2580"}');
    expect(await peer.declined('set_pin_to_drive {"on":true,"password":"1234"}')).toBe("invalid_pin");
    await peer.done('set_pin_to_drive {"on":true,"password":"2580"}');
    expect(await peer.declined("remote_start_drive")).toBe("GENERICERROR_UNAUTHORIZED");
    await peer.done("reset_pin_to_drive_pin");
    await peer.done('speed_limit_set_limit {"limit_mph":70}');
    await peer.done('speed_limit_activate {"pin":"2580"}');
    expect(await peer.does("closures_state")).toMatchObject({ speed_limit_mode: { active: true, pin_code_set: true, current_limit_mph: 70 } });
    expect(await peer.declined('speed_limit_deactivate {"pin":"1357"}')).toBe("invalid_pin");
    await peer.done('speed_limit_deactivate {"pin":"2580"}');
  });

  it("recovers by itself when the car has restarted, and when its epoch has gone", async () => {
    const garage = await open();
    const peer = await PythonPeer.paired(garage);
    await peer.acts("door_unlock");
    await garage.restart();
    await peer.attach(garage);
    await peer.acts("door_lock");
    await garage.world("fault wrong-epoch 1");
    await peer.acts("door_unlock");
  });

  it("waits where the car is busy, wakes it where it sleeps, and names the fault where there is one", async () => {
    const garage = await open();
    const peer = await PythonPeer.paired(garage);
    await peer.acts("door_unlock");
    await garage.world("fault wait 1");
    await peer.acts("door_lock");
    await garage.world("fault insufficientPrivileges 1");
    expect(await peer.fails("door_unlock")).toBe("TeslaFleetMessageFaultInsufficientPrivileges");
    await garage.world("sleep");
    expect(await peer.fails("charge_state")).toBe("BluetoothTimeout");
    expect(await peer.does("vehicle_state")).toMatchObject({ vehicleSleepStatus: "VEHICLE_SLEEP_STATUS_ASLEEP" });
    await peer.acts("wake_up");
    while ((await peer.does("vehicle_state")).vehicleSleepStatus !== "VEHICLE_SLEEP_STATUS_AWAKE") continue;
    expect(await peer.does("charge_state")).toHaveProperty("battery_level");
  });
});
