import { join } from "node:path";
import { localNameOf } from "../../firmware/tesla/index.ts";
import { crypto } from "../key/wallet-file.ts";
import { run, runScript, startScript, type Ended, type Running } from "./step.ts";
import { makeKeyPair, teslaControl, type TeslaControlUser } from "./tesla-control.ts";

const VIN = "5YJ30123456789ABC";
const DRIVER_DOOR = "Vehicle.Private.Access.Latch.DriverDoor.State";
const CARD = "wallet";

/** The car closes the link of a client after 40 s without a write; its clock is put forward. */
const IDLE_S = 41;

/** What the Tesla part shares with the rest of the acceptance: a car that anna owns, and her key. */
export interface Stage {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** The adapter of keys and strangers. */
  readonly adapter: string;
  /** `tesla-control` and the adapter that it uses, where there is one. */
  readonly control: { readonly program: string; readonly adapter: string } | undefined;
  step(name: string, work: () => Promise<void>): Promise<void>;
  startCar(options: readonly string[]): Promise<Running>;
  stopCar(): Promise<void>;
  /** A command of anna's key over Bluetooth, which must succeed. */
  anna(args: readonly string[]): Promise<Ended>;
  stranger(act: string, args: readonly string[]): Promise<void>;
}

/** The Tesla dialect beside the native one, on one car: with a client over noble, and with Tesla's own command. */
export async function teslaAcceptance(stage: Stage): Promise<void> {
  const { step, anna } = stage;
  const options = ["--dialects", "native,tesla", "--vin", VIN];
  const phone = ["--adapter", stage.adapter, "--vin", VIN, "--file", join(stage.home, "phone")];
  const act = (name: string): Promise<string> => runScript("tesla-phone", [...phone, "--act", name], stage.env);
  const world = async (...words: readonly string[]): Promise<void> => {
    const { code, stderr } = await run(["world", ...words], stage.env);
    if (code !== 0) throw new Error(`world ${words.join(" ")}: ${stderr}`);
  };

  await step("the car starts again and speaks Tesla besides, and its owner adds a card", async () => {
    const car = await stage.startCar(options);
    const added = anna(["card", "add", CARD]);
    await Promise.race([car.said(`waits for the card of ${CARD}`), added]);
    await world("card", CARD, "outside");
    await added;
  });
  await step("a scanner sees its identity, its name and its public address, within 31 bytes each", () => stage.stranger("show", ["--name", localNameOf(crypto, VIN)]));
  await step("a Tesla client over noble is added by a tap", async () => {
    const pairing = startScript("tesla-phone", [...phone, "--act", "pair"], stage.env);
    await pairing.said("asked");
    await world("tap-card", CARD);
    if ((await pairing.ended) !== 0) throw new Error(pairing.output());
  });
  await step("it unlocks and the key sees it; the key locks and the client sees it", async () => {
    await act("unlock");
    const { answer } = await anna(["status"]);
    const state = String((answer["signals"] as Readonly<Record<string, unknown>>)[DRIVER_DOOR]);
    // The dialect says so from the first turn of the motor on; the motor may be turning still.
    if (!/^unlock(ing|ed)$/.test(state)) throw new Error(`the key sees the driver's door ${state}`);
    await anna(["lock"]);
    const seen = await act("poll");
    if (seen !== "locked") throw new Error(`the client sees the car ${seen}`);
  });
  await step("a Tesla client that is silent for 40 s loses its link", async () => {
    const idle = startScript("tesla-phone", [...phone, "--act", "idle"], stage.env);
    await idle.said("attached");
    await world("clock", String(IDLE_S));
    if ((await idle.ended) !== 0) throw new Error(idle.output());
  });
  if (stage.control === undefined) {
    console.log("   tesla-control: not run: there is no Go on this machine to build it with");
    await step("the car starts again, and a Tesla client begins a new session", async () => {
      await restart();
      await act("unlock");
    });
  } else {
    await controls({ ...stage.control, vin: VIN, folder: stage.home, env: { ...stage.env, HOME: stage.home } });
  }
  await step("the car that speaks Tesla stops when it is told to", () => stage.stopCar());

  async function controls(user: TeslaControlUser): Promise<void> {
    const control = (command: readonly string[], keyed = true): Promise<string> => teslaControl(user, command, { keyed });
    await step("Tesla's own tesla-control asks to add its key, and is added by a tap", async () => {
      await control(["add-key-request", makeKeyPair(stage.home), "owner", "cloud_key"], false);
      await world("tap-card", CARD);
    });
    await step("tesla-control unlocks, locks, and asks in the clear how the doors are", async () => {
      await control(["unlock"]);
      expectIn(await control(["body-controller-state"], false), "VEHICLELOCKSTATE_UNLOCKED");
      await control(["lock"]);
      expectIn(await control(["body-controller-state"], false), "VEHICLELOCKSTATE_LOCKED");
    });
    await step("tesla-control sets the charge limit, and reads it", async () => {
      await control(["charging-set-limit", "70"]);
      expectIn(await control(["state", "charge"]), '"chargeLimitSoc":70');
    });
    await step("the car starts again: the session that tesla-control has kept is of an earlier epoch, and it recovers", async () => {
      const car = await restart();
      await control(["unlock"]);
      expectIn(car.output(), "incorrectEpoch");
      expectIn(await control(["body-controller-state"], false), "VEHICLELOCKSTATE_UNLOCKED");
    });
  }

  async function restart(): Promise<Running> {
    await stage.stopCar();
    return stage.startCar(options);
  }
}

function expectIn(said: string, words: string): void {
  if (!said.replaceAll(/\s/g, "").includes(words)) throw new Error(`no ${words} in: ${said}`);
}
