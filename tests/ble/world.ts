import { expect, onTestFinished } from "vitest";
import { acceptGrant, beginPairing, createWallet, formatKeyInvitation, parseKeyInvitation, shareGrant, type LinkTarget, type PairingTask, type Wallet } from "../../firmware/key/index.ts";
import { REASONS, type Action, type Command } from "../../firmware/wire/index.ts";
import { DEFAULT_DRIVER, type BluetoothDriver } from "../../hal/ble/index.ts";
import { openBleCar } from "../../hal/ble-car/index.ts";
import { BleKey } from "../../hal/ble-key/index.ts";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import type { OpenRadio } from "../../scripts/board/board.ts";
import { memoryFlash } from "../../scripts/board/flash.ts";
import { startCar, type RunningCar } from "../../scripts/board/running-car.ts";
import { VirtualBoard } from "../../scripts/board/virtual/index.ts";
import { recogniseFor } from "../../scripts/key/attach.ts";
import { CarConnection, type Answer } from "../../scripts/key/car-connection.ts";
import type { WalletFile } from "../../scripts/key/wallet-file.ts";
import { virtualCarDescription } from "../../sim/body/index.ts";
import type { HciController } from "../../sim/hci/index.ts";
import { seededRandom } from "../support/random.ts";
import type { Rig } from "./rig.ts";

const random = createSystemRandom();
const crypto = createNodeCrypto({ random });

/** A whole virtual car whose keys reach it over Bluetooth alone. */
export interface BleCarWorld {
  readonly board: VirtualBoard;
  readonly car: RunningCar;
  readonly controller: HciController;
  readonly troubles: string[];
  readonly notes: string[];
}

export interface BleCarSettings {
  readonly driver?: BluetoothDriver;
  readonly walkAwayEnabled?: boolean;
}

export async function startBleCar(rig: Rig, { driver = DEFAULT_DRIVER, walkAwayEnabled = false }: BleCarSettings = {}): Promise<BleCarWorld> {
  const controller = rig.addController();
  const board = new VirtualBoard({ flash: memoryFlash(), description: virtualCarDescription({ walkAwayEnabled }), random: seededRandom("board") });
  const troubles: string[] = [];
  const notes: string[] = [];
  const radio: OpenRadio = (onEvent) =>
    openBleCar({ bleno: rig.loadBleno(0, driver), driver, random: seededRandom("radio"), onEvent, onTrouble: (message) => troubles.push(message), onFailed: () => troubles.push("failed") });
  const car = await startCar(board, [radio], (error) => {
    throw error;
  });
  car.watch({ noted: ({ what, who, outcome, why }) => notes.push([outcome, who, what, why].filter((part) => part !== "").join(" ")) });
  onTestFinished(() => car.stop());
  return { board, car, controller, troubles, notes };
}

/** A phone with a radio of its own and its wallet in memory. */
export class BlePhone {
  wallet: Wallet;
  readonly name: string;
  readonly controller: HciController;
  readonly #rig: Rig;
  readonly #key: BleKey;

  constructor(rig: Rig, device: number, name: string) {
    this.#rig = rig;
    this.name = name;
    this.controller = rig.addController();
    this.#key = new BleKey(rig.loadNoble(device));
    const created = createWallet(crypto, { algorithm: "Ed25519", name });
    if (!created.ok) throw new Error(created.error);
    this.wallet = created.value;
  }

  save(wallet: Wallet): void {
    this.wallet = wallet;
  }

  pair(uri: string): Promise<unknown> {
    const task = beginPairing({ crypto, random }, this.wallet, { uri, label: "car" });
    if (!task.ok) throw new Error(task.error);
    return this.#talk({ kind: "pairing", task: task.value satisfies PairingTask }, (connection) => connection.pair());
  }

  /** One conversation: a search, a link, one command; the reason where it was refused. */
  ask(command: Command): Promise<{ readonly answer: Answer; readonly path: "full" | "fast" | undefined }> {
    return this.talk(async (connection) => ({ answer: await connection.ask(command), path: connection.path }));
  }

  talk<T>(work: (connection: CarConnection) => Promise<T>): Promise<T> {
    return this.#talk({ kind: "cars", vehicleIds: this.wallet.cars.map(({ vehicleId }) => vehicleId) }, work);
  }

  /** Signs a grant for `guest`, which takes it. */
  share(guest: BlePhone, actions: readonly Action[], uses: number): void {
    const holder = parseKeyInvitation(crypto, formatKeyInvitation(guest.wallet));
    if (!holder.ok) throw new Error(holder.error);
    const shared = shareGrant({ crypto, random }, this.wallet, this.wallet.cars[0]!.vehicleId, {
      holder: holder.value, role: "guest", actions, notBeforeS: undefined, expiresAtS: undefined, uses, issuedAtS: 1_800_000_000,
    });
    if (!shared.ok) throw new Error(shared.error);
    this.wallet = shared.value.wallet;
    const accepted = acceptGrant(crypto, guest.wallet, shared.value.text);
    if (!accepted.ok) throw new Error(accepted.error);
    guest.wallet = accepted.value.wallet;
  }

  #talk<T>(target: LinkTarget, work: (connection: CarConnection) => Promise<T>): Promise<T> {
    const attach = async (request: Parameters<typeof CarConnection.with>[1] extends { attach: (request: infer R) => unknown } ? R : never) => {
      const opened = await this.#key.connect({ recognise: recogniseFor(request.target, request.wallet, request.crypto), onEvent: request.onEvent });
      if (!opened.ok) throw new Error(opened.error.kind);
      return opened.value;
    };
    const talking = CarConnection.with(this as unknown as WalletFile, { attach, target }, work);
    return this.#rig.settle(`${this.name}'s conversation`, talking);
  }
}

/** A car with an owner. */
export async function pairedCar(rig: Rig, settings: BleCarSettings = {}): Promise<{ readonly world: BleCarWorld; readonly owner: BlePhone }> {
  const world = await startBleCar(rig, settings);
  const owner = new BlePhone(rig, 1, "anna");
  world.car.dispatch({ kind: "claimRequested" });
  await rig.until("code shown", () => world.car.claim !== undefined);
  const outcome = await owner.pair(world.car.claim!.uri);
  if (!(typeof outcome === "object" && outcome !== null && "ownersKit" in outcome)) throw new Error(`the owner could not pair: ${JSON.stringify(outcome)}`);
  return { world, owner };
}

/** Whatever the radio has done to one conversation, the car is whole after it and its owner gets in with the next. */
export async function staysWhole({ world, owner }: Awaited<ReturnType<typeof pairedCar>>, rig: Rig): Promise<void> {
  await rig.pass(20_000);
  const again = await owner.ask({ kind: "unlock" });
  expect(again.answer.reply.code).toBeOneOf([0, REASONS.nothingToDo.code]);
  await rig.pass(3000);
  expect(world.board.body.isLocked("driverDoor")).toBe(false);
  expect((await owner.ask({ kind: "lock", forced: false })).answer.reply.code).toBe(0);
  await rig.pass(3000);
  expect(world.board.body.isLocked("driverDoor")).toBe(true);
}
