import { writeFileSync } from "node:fs";
import { Garage, MODEL, QUICK } from "./garage.ts";
import { User, type Running } from "./programs.ts";

const DOOR = { id: "driverDoor", kind: "door", vssPath: "Vehicle.Cabin.Door.Row1.DriverSide", feedback: "none", onPowerLoss: "stays" };

/** Relay board, card reader and receiver, each a process with a pseudo-terminal, and a car under the boot loader that has them all. */
export async function openPiGarage() {
  const user = new User();
  const device = async (kind: string, ...more: readonly string[]): Promise<Running> => {
    const running = user.start(["device", kind, "--link", user.path(kind), ...more]);
    await running.heard(({ event }) => event === "ready");
    return running;
  };
  const [relay, reader, gps] = [await device("relay", "--kind", "modbus"), await device("pn532"), await device("gps")];
  const config = user.path("car.json");
  writeFileSync(config, JSON.stringify({
    vehicle: { latches: [DOOR] },
    update: { model: MODEL },
    pi: {
      relay: { kind: "modbus", path: user.path("relay") },
      latches: [{ latch: "driverDoor", lockChannel: 1, unlockChannel: 2 }],
      immobiliserChannel: 3,
      readers: [{ kind: "pn532", path: user.path("pn532"), place: "outside" }],
      gps: { path: user.path("gps") },
    },
  }));
  const carOptions = ["--board", "pi", "--config", config] as const;
  const garage = await Garage.opened(QUICK, carOptions, user);
  const isEmpty = ({ event }: Readonly<Record<string, unknown>>): boolean => event === "empty";
  return {
    garage, relay, reader, gps, carOptions,
    /** Where the relays have moved the bolt, one after the other. */
    bolt: (): readonly unknown[] => relay.events.filter(({ event }) => event === "bolt").map(({ position }) => position),
    /** A card that was served has to leave before the next tap counts. */
    takeCardAway: async (): Promise<void> => {
      const seenEmpty = reader.events.filter(isEmpty).length;
      reader.say("remove");
      await reader.heard(isEmpty, seenEmpty + 1);
    },
  };
}
