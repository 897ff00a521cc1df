import { describe, expect, it } from "vitest";
import type { ComfortState } from "../../../firmware/comfort/index.ts";
import { PIN_ANSWER_TIMEOUT_MS, PIN_ORDERS_MAX } from "../../../firmware/controller/pin-orders.ts";
import { PARKED_CAR } from "../../../sim/comfort/parked-car.ts";
import { told, verifiedLog } from "../../support/people.ts";
import { bytes, codec, KEY_ROLES, paired, teslaCar, type TeslaCar, type WiredTeslaClient } from "../../support/tesla.ts";

const ROLES = { ...KEY_ROLES, monitor: 5, charger: 6 };

/** A client with a session for infotainment, at a car whose comfort systems have reported. */
function begun(keyRole: number = ROLES.owner, state: ComfortState | "none" = PARKED_CAR): TeslaCar & { readonly client: WiredTeslaClient; ask(hex: string): unknown; tell(state: ComfortState): void } {
  const teslas = teslaCar();
  const client = paired(teslas, "phone", keyRole);
  const tell = (reported: ComfortState): void => teslas.car.tell({ kind: "comfortReported", state: reported });
  if (state !== "none") tell(state);
  expect(client.begin(3)).toBe("ok");
  const ask = (hex: string): unknown => {
    const answer = client.tell(3, bytes(hex));
    return typeof answer === "string" ? answer : codec.decode("Response", answer);
  };
  return { ...teslas, client, ask, tell };
}

const DONE = { actionStatus: {} };
const refused = (plainText: string) => ({ actionStatus: { result: 1, resultReason: { plainText } } });

const HONK = "1203da0100";
const CLIMATE_ON = "120452020801";
const LIMIT_80 = "12042a020850";
const START = "120432021200";
const SENTRY_ON = "1205f201020801";
const VALET_ON = "120bfa01080801120431323334";
const VALET_OFF = "1203fa0100";
const PIN_ON = "120bea04080801120434373131";
const READ = { charge: "12040a021200", location: "12040a023a00", closures: "12040a024200", software: "12050a038a0100" } as const;

describe("the infotainment domain", () => {
  it("hands orders to the car's own systems, each with a line of the one log", () => {
    const { ask, car, owner } = begun();
    expect([ask(CLIMATE_ON), ask(LIMIT_80), ask(HONK), ask(SENTRY_ON)]).toEqual([DONE, DONE, DONE, DONE]);
    expect(car.effects("comfort").map(({ order }) => order)).toEqual([{ kind: "climate", on: true }, { kind: "setChargeLimit", percent: 80 }, { kind: "honk" }, { kind: "sentry", on: true }]);
    expect(verifiedLog(owner).entries.filter(({ outcome }) => outcome === "done").map(({ what }) => what).slice(-4)).toEqual(["climate", "setChargeLimit", "honk", "sentry"]);
  });

  it("is polled for what those systems have reported last, and for what the doors know", () => {
    const { ask, tell, car } = begun();
    tell({ ...PARKED_CAR, charge: { ...PARKED_CAR.charge, levelPercent: 61 } });
    expect(ask(READ.charge)).toMatchObject({ vehicleData: { chargeState: { batteryLevel: 61 } } });
    expect(ask(READ.closures)).toMatchObject({ vehicleData: { closuresState: { locked: true, isUserPresent: false } } });
    car.tell({ kind: "doorChanged", latch: "driverDoor", open: true });
    expect(ask(READ.closures)).toMatchObject({ vehicleData: { closuresState: { doorOpenDriverFront: true } } });
    car.tell({ kind: "positionReported", latitudeDeg: 52.25, longitudeDeg: 13.5, accuracyM: 5 });
    expect(ask(READ.location)).toMatchObject({ vehicleData: { locationState: { latitude: 52.25, longitude: 13.5 } } });
    expect(ask("12060a0412001a00")).toBe("responseMtuExceeded");
  });

  it("says in the words of cars why an order is not carried out, and has nothing moved", () => {
    const { ask, car } = begun();
    expect(ask(START)).toEqual(refused("disconnected"));
    expect(ask("12042a02080a")).toEqual(refused("invalid_percent"));
    expect(ask("12037a0100")).toBe("decoding");
    expect(ask("1203c20400")).toEqual(refused("unsupported"));
    expect(car.effects("comfort")).toEqual([]);
  });

  it("of a car without such systems says so, and doors and keys are as ever", () => {
    const { ask, client } = begun(ROLES.owner, "none");
    expect(ask(HONK)).toEqual(refused("not available"));
    expect(client.unlock()).toBe("done");
  });

  it("serves each role what it may, by the one decision", () => {
    const driver = begun(ROLES.driver);
    // ESPHome's components are drivers unless told otherwise, and have a switch for the sentry mode.
    expect([driver.ask(HONK), driver.ask(LIMIT_80), driver.ask(SENTRY_ON), driver.ask(READ.charge)]).toMatchObject([DONE, DONE, DONE, {}]);
    expect([driver.ask(VALET_ON), driver.ask(PIN_ON), driver.ask(READ.location)]).toEqual(Array(3).fill("insufficientPrivileges"));
    const charger = begun(ROLES.charger);
    expect([charger.ask(LIMIT_80), charger.ask(HONK), charger.client.unlock()]).toEqual([DONE, "insufficientPrivileges", "insufficientPrivileges"]);
    const monitor = begun(ROLES.monitor);
    monitor.car.tell({ kind: "positionReported", latitudeDeg: 1, longitudeDeg: 2, accuracyM: 5 });
    expect([monitor.ask(READ.location), monitor.ask(READ.charge)]).toMatchObject([{ vehicleData: {} }, { vehicleData: {} }]);
    expect([monitor.ask(LIMIT_80), monitor.client.lock()]).toEqual(["insufficientPrivileges", "insufficientPrivileges"]);
  });

  it("switches the car's own valet mode, which the native key sees", () => {
    const { ask, owner, car } = begun();
    expect(ask(VALET_ON)).toEqual(DONE);
    expect(car.controller.parts.access.settings.valetMode).toBe(true);
    expect(ask(VALET_ON)).toEqual(refused("already on"));
    expect(told(owner.askFresh({ kind: "valetMode", on: false }))).toBe("done");
    expect(ask(VALET_OFF)).toEqual(refused("already off"));
  });

  it("sets the PIN to drive by the slow hash like everybody, and is rid of it", () => {
    const { ask, client } = begun();
    expect(ask(PIN_ON)).toEqual(DONE);
    expect(client.ask({ rkeAction: 20 })).toEqual({ nominalError: { genericError: 6 } });
    expect(ask("1203ca0500")).toEqual(DONE);
    expect(client.ask({ rkeAction: 20 })).toBe("done");
    expect(ask("1205ea04020801")).toEqual(refused("invalid_pin"));
    expect([ask("1203ca0500"), ask("1203f20400")]).toEqual([DONE, DONE]);
  });

  describe("an order with a PIN that the car's own systems keep", () => {
    const LIMIT_ON = "120a4a080801120439383736";
    /** The order on its way, and what the client hears of it from then on. */
    const ordered = (teslas: ReturnType<typeof begun>): (() => readonly unknown[]) => {
      const sent = teslas.client.client.command(3, bytes(LIMIT_ON), teslas.car.nowMs);
      const before = teslas.client.heard.length;
      expect(teslas.client.deliver(sent)).toBe("silence");
      return () => teslas.client.heard.slice(before).flatMap((answer) => {
        const opened = teslas.client.client.open(answer, sent);
        return opened === undefined ? [] : [codec.decode("Response", opened)];
      });
    };

    it("is answered when these have compared it, and the log tells of both", () => {
      const teslas = begun();
      const [right, wrong] = [ordered(teslas), ordered(teslas)];
      const numbers = teslas.car.effects("comfort").map(({ number }) => number!);
      teslas.car.tell({ kind: "comfortPinChecked", number: numbers[1]!, right: false });
      expect(wrong()).toEqual([refused("invalid_pin")]);
      teslas.car.tell({ kind: "comfortPinChecked", number: numbers[0]!, right: true });
      teslas.car.tell({ kind: "comfortPinChecked", number: numbers[0]!, right: true });
      expect(right()).toEqual([DONE]);
      const lines = verifiedLog(teslas.owner).entries.filter(({ what }) => what === "speedLimit");
      expect(lines.map(({ outcome, why }) => `${outcome} ${why}`.trim())).toEqual(["info if its PIN is right", "info if its PIN is right", "refused invalid_pin", "done"]);
    });

    it("is refused where they never say, and the car waits for no more than a few", () => {
      const teslas = begun();
      const heard = Array.from({ length: PIN_ORDERS_MAX }, () => ordered(teslas));
      expect(teslas.ask(LIMIT_ON)).toBe("busy");
      teslas.car.pass(PIN_ANSWER_TIMEOUT_MS);
      expect(heard.map((answers) => answers())).toEqual(Array(PIN_ORDERS_MAX).fill([refused("not available")]));
      ordered(teslas);
    });
  });

  it("keeps PINs out of the log and the terminal", () => {
    const { ask, owner, car } = begun();
    ask(PIN_ON);
    ask("120a4a080801120439383736");
    expect(JSON.stringify([verifiedLog(owner).entries, car.notes])).not.toMatch(/4711|9876/);
  });

  it("moves the flap over the charging socket, also where a client asks the doors for it", () => {
    const { client, car, tell } = begun();
    expect(client.ask({ closureMoveRequest: { chargePort: 3 } })).toBe("done");
    expect(car.effects("comfort").at(-1)!.order).toEqual({ kind: "openChargePort" });
    tell({ ...PARKED_CAR, charge: { ...PARKED_CAR.charge, portOpen: true } });
    expect(client.broadcasts().at(-1)).toMatchObject({ vehicleStatus: { closureStatuses: { chargePort: 1 } } });
    client.ask({ closureMoveRequest: { chargePort: 1 } });
    expect(car.effects("comfort").at(-1)!.order).toEqual({ kind: "closeChargePort" });
  });

  it("takes messages out of their order once each, within the window", () => {
    const { client } = begun();
    const [first, second] = [1, 2].map((counter) => client.client.command(3, bytes(HONK), client.car.nowMs, { counter: counter + 10 }));
    expect(client.deliver(second!)).toBeInstanceOf(Uint8Array);
    expect(client.deliver(first!)).toBeInstanceOf(Uint8Array);
    expect([client.deliver(first!), client.deliver(second!)]).toEqual(["invalidTokenOrCounter", "invalidTokenOrCounter"]);
  });

  it("sleeps without a word, boots with a fault, and begins a new epoch; the doors are awake all the while", () => {
    const { ask, client, car } = begun();
    car.tell({ kind: "infotainmentChanged", state: "asleep" });
    expect([ask(HONK), client.begin(3)]).toEqual(["silence", "silence"]);
    expect(client.ask({ informationRequest: {} })).toMatchObject({ vehicleStatus: { vehicleSleepStatus: 2 } });
    expect(client.ask({ rkeAction: 30 })).toBe("done");
    expect(car.effects("wakeInfotainment")).toHaveLength(1);
    car.tell({ kind: "infotainmentChanged", state: "booting" });
    expect([ask(HONK), client.begin(3)]).toEqual(["internal", "internal"]);
    car.tell({ kind: "infotainmentChanged", state: "awake" });
    expect([ask(HONK), ask(HONK)]).toEqual(["incorrectEpoch", DONE]);
  });

  it("is called awake when it answers, and no sooner: a client that has woken it begins its session at that word", () => {
    const { client, car } = begun();
    car.tell({ kind: "infotainmentChanged", state: "asleep" });
    const before = client.heard.length;
    expect(client.ask({ rkeAction: 30 })).toBe("done");
    car.tell({ kind: "infotainmentChanged", state: "booting" });
    expect(client.broadcasts(before)).not.toHaveLength(0);
    for (const { vehicleStatus } of client.broadcasts(before)) expect(vehicleStatus).toMatchObject({ vehicleSleepStatus: 2 });
    car.tell({ kind: "infotainmentChanged", state: "awake" });
    expect(client.broadcasts(before).at(-1)).toMatchObject({ vehicleStatus: { vehicleSleepStatus: 1, closureStatuses: {} } });
    expect(client.begin(3)).toBe("ok");
  });

  it("is not taken for awake because of its closures: of those nothing is said when it has just been told to wake", () => {
    const { client, car } = begun();
    car.tell({ kind: "doorChanged", latch: "driverDoor", open: true });
    car.tell({ kind: "infotainmentChanged", state: "asleep" });
    const open = { vehicleStatus: { closureStatuses: { frontDriverDoor: 1 } } };
    expect(client.ask({ informationRequest: {} })).toMatchObject(open);
    const before = client.heard.length;
    client.ask({ rkeAction: 30 });
    expect(client.broadcasts(before).map(({ vehicleStatus }) => vehicleStatus?.closureStatuses)).toEqual([undefined]);
    car.tell({ kind: "infotainmentChanged", state: "awake" });
    expect(client.broadcasts(before).at(-1)).toMatchObject(open);
  });

  it("answers nothing that is not signed", () => {
    const { client } = begun();
    expect(client.send(client.client.plain(3, bytes(HONK)).message).map(({ signedMessageStatus }) => signedMessageStatus?.signedMessageFault)).toEqual([13]);
  });
});
