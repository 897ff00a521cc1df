import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toHex } from "../../firmware/base/index.ts";
import {
  acceptGrant,
  beginPairing,
  checkLog,
  createWallet,
  formatKeyInvitation,
  nextLogCommand,
  ownKeyId,
  parseKeyInvitation,
  readLogPage,
  revokeGrant,
  shareGrant,
  type LinkTarget,
  type LogPage,
  type Wallet,
  type WalletHolder,
} from "../../firmware/key/index.ts";
import { BODY, KEY_ID_BYTES, REASONS, type Command } from "../../firmware/wire/index.ts";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { CommandFailure } from "../../scripts/cli/command.ts";
import { attachVia } from "../../scripts/key/attach.ts";
import { CarConnection, type Answer } from "../../scripts/key/car-connection.ts";
import type { WalletFile } from "../../scripts/key/wallet-file.ts";
import { choices, type Choices } from "../invariants/choices.ts";
import { User, type CarProcess } from "./programs.ts";

const random = createSystemRandom();
const crypto = createNodeCrypto({ random });

/** How often the car is killed. Each round costs about half a second. */
const ROUND_COUNT = 16;
const ROUND_MS_MAX = 350;
/** Guests revoked at most: one list names them all. */
const GUEST_COUNT_MAX = 100;

/** A phone that keeps its wallet in memory: here it is the car that dies. */
class Phone implements WalletHolder {
  wallet: Wallet;

  constructor(readonly name: string) {
    const created = createWallet(crypto, { algorithm: "Ed25519", name });
    if (!created.ok) throw new RangeError(created.error);
    this.wallet = created.value;
  }

  save(wallet: Wallet): void {
    this.wallet = wallet;
  }

  get keyId(): string {
    return ownKeyId(crypto, this.wallet);
  }

  get keyIdBytes(): Uint8Array {
    return crypto.sha256(this.wallet.key.publicKey).slice(0, KEY_ID_BYTES);
  }

  get vehicleId(): string {
    return this.wallet.cars[0]!.vehicleId;
  }

  /** One conversation with the car. */
  talk<T>(car: CarProcess, work: (connection: CarConnection) => Promise<T>, target?: LinkTarget): Promise<T> {
    const cars = { kind: "cars", vehicleIds: this.wallet.cars.map(({ vehicleId }) => vehicleId) } as const;
    return CarConnection.with(this as unknown as WalletFile, { attach: attachVia({ kind: "socket", at: { host: "127.0.0.1", port: car.port } }), target: target ?? cars }, work);
  }
}

/** What the car has acknowledged; what it was asked for and has not answered may be there or not. */
class Promises {
  readonly enrolled = new Map<string, Phone>();
  readonly revoked = new Map<string, Phone>();
  readonly revokedGuests: Phone[] = [];
  readonly uncertain = new Set<string>();
  acknowledged = 0;
}

class Life {
  readonly promises = new Promises();
  readonly owner = new Phone("anna");
  private readonly guest = new Phone("gil");
  private readonly choose: Choices;
  private count = 0;

  constructor(seed: string) {
    this.choose = choices(seed);
  }

  below(bound: number): number {
    return this.choose.below(bound);
  }

  async pair(user: User, car: CarProcess): Promise<void> {
    const { json } = await user.run(["car", "claim", "--flash", user.path("car.flash"), "--json"]);
    const task = beginPairing({ crypto, random }, this.owner.wallet, { uri: String(json["uri"]), label: "car" });
    if (!task.ok) throw new RangeError(task.error);
    const outcome = await this.owner.talk(car, (connection) => connection.pair(), { kind: "pairing", task: task.value });
    expect(outcome).toHaveProperty("vehicleId");
    this.share(this.guest, 1000);
  }

  /** Works until the car is gone; every failure on the way is the link's. */
  async work(car: CarProcess): Promise<void> {
    for (;;) {
      try {
        if (this.choose.below(4) === 0) await this.guest.talk(car, (connection) => connection.ask({ kind: this.choose.of(["unlock", "status"] as const) }));
        else await this.owner.talk(car, (connection) => this.change(connection));
      } catch (fault) {
        if (!(fault instanceof CommandFailure)) throw fault;
        return;
      }
    }
  }

  /** A few changes over one connection. */
  private async change(connection: CarConnection): Promise<void> {
    for (let n = 0; n < 4; n++) {
      const act = this.choose.below(5);
      if (act <= 1) await this.enrol(connection);
      else if (act === 2) await this.revoke(connection);
      else if (act === 3) await this.revokeGuest(connection);
      else await connection.ask({ kind: "lock", forced: true });
    }
  }

  async enrol(connection: CarConnection): Promise<void> {
    const phone = new Phone(`driver ${this.count++}`);
    const { keyId } = phone;
    await this.acknowledged(keyId, () => connection.ask({ kind: "enrol", role: "driver", name: phone.name, publicKey: phone.wallet.key.publicKey }));
    this.promises.enrolled.set(keyId, phone);
  }

  private async revoke(connection: CarConnection): Promise<void> {
    const known = [...this.promises.enrolled];
    if (known.length === 0) return;
    const [keyId, phone] = this.choose.of(known);
    this.promises.enrolled.delete(keyId);
    await this.acknowledged(keyId, () => connection.ask({ kind: "revoke", keyId: phone.keyIdBytes }));
    this.promises.revoked.set(keyId, phone);
  }

  private async revokeGuest(connection: CarConnection): Promise<void> {
    if (this.promises.revokedGuests.length >= GUEST_COUNT_MAX) return;
    const guest = new Phone(`guest ${this.count++}`);
    const grantId = this.share(guest, 3);
    const signedAtS = 1_800_000_000 + this.count;
    const revoked = revokeGrant(crypto, this.owner.wallet, this.owner.vehicleId, { grantId, signedAtS });
    if (!revoked.ok) throw new RangeError(revoked.error);
    this.owner.wallet = revoked.value.wallet;
    await this.acknowledged(grantId, () => connection.ask({ kind: "deliverList", list: revoked.value.list }));
    this.promises.revokedGuests.push(guest);
  }

  /** Asks; what is asked for is uncertain until the answer is there. */
  private async acknowledged(what: string, ask: () => Promise<Answer>): Promise<void> {
    this.promises.uncertain.add(what);
    const { reply, reason } = await ask();
    if (reply.code !== 0) throw new RangeError(`refused: ${reason ?? reply.code}`);
    this.promises.uncertain.delete(what);
    this.promises.acknowledged++;
  }

  private share(guest: Phone, uses: number): string {
    const holder = parseKeyInvitation(crypto, formatKeyInvitation(guest.wallet));
    if (!holder.ok) throw new RangeError(holder.error);
    const request = { holder: holder.value, role: "guest", actions: ["unlock", "status"], notBeforeS: undefined, expiresAtS: undefined, uses, issuedAtS: 1_800_000_000 } as const;
    const shared = shareGrant({ crypto, random }, this.owner.wallet, this.owner.vehicleId, request);
    if (!shared.ok) throw new RangeError(shared.error);
    this.owner.wallet = shared.value.wallet;
    const accepted = acceptGrant(crypto, guest.wallet, shared.value.text);
    if (!accepted.ok) throw new RangeError(accepted.error);
    guest.wallet = accepted.value.wallet;
    return shared.value.grantId;
  }
}

async function demand(connection: CarConnection, command: Command): Promise<Answer> {
  const answer = await connection.ask(command);
  if (answer.reply.code !== 0) throw new RangeError(`${command.kind} was refused: ${answer.reason ?? answer.reply.code}`);
  return answer;
}

async function keysOf(connection: CarConnection): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  let after: Uint8Array | undefined;
  for (;;) {
    const { reply } = await demand(connection, after === undefined ? { kind: "listKeys" } : { kind: "listKeys", after });
    for (const [keyId] of reply.body.get(BODY.keys) as readonly (readonly [Uint8Array])[]) {
      found.add(toHex(keyId));
      after = keyId;
    }
    if (reply.body.get(BODY.more) !== true) return found;
  }
}

/** Reads the log since it was last seen, and checks that it goes on from there, signed by the car. */
async function readLog(owner: Phone, connection: CarConnection): Promise<readonly string[]> {
  const pages: LogPage[] = [];
  for (;;) {
    const command = nextLogCommand(crypto, owner.wallet, { vehicleId: owner.vehicleId, from: "seen", pages });
    if (command === undefined) break;
    const page = readLogPage((await demand(connection, command)).reply);
    if (!page.ok) throw new RangeError(page.error);
    pages.push(page.value);
  }
  const checked = checkLog(crypto, owner.wallet, owner.vehicleId, pages);
  if (!checked.ok) throw new RangeError(`the log does not verify: ${JSON.stringify(checked.error)}`);
  owner.wallet = checked.value.wallet;
  return checked.value.log.entries.filter(({ outcome }) => outcome === "done").map(({ what, why }) => `${what} ${why}`);
}

/** Compares what is there after a restart with what was promised before. */
async function check(life: Life, car: CarProcess, log: Set<string>): Promise<void> {
  const { promises, owner } = life;
  const keys = await owner.talk(car, async (connection) => {
    for (const line of await readLog(owner, connection)) log.add(line);
    return keysOf(connection);
  });
  for (const [keyId, phone] of promises.enrolled) {
    expect(keys.has(keyId), `${phone.name} was enrolled and is gone`).toBe(true);
    expect(log.has(`enrol ${phone.name} as driver`), `the line of ${phone.name}'s enrolment is gone`).toBe(true);
  }
  for (const [keyId, phone] of promises.revoked) {
    expect(keys.has(keyId), `${phone.name} was revoked and is back`).toBe(false);
    expect(log.has(`revoke ${phone.name}`), `the line of ${phone.name}'s revocation is gone`).toBe(true);
  }
  const accounted = new Set([owner.keyId, ...promises.enrolled.keys(), ...promises.uncertain]);
  expect([...keys].filter((keyId) => !accounted.has(keyId)), "keys nobody enrolled, but for the recovery key").toHaveLength(1);
  const banned = promises.revokedGuests.at(-1);
  if (banned !== undefined) {
    const { reply } = await banned.talk(car, (connection) => connection.ask({ kind: "unlock" }));
    expect(reply.code, `${banned.name}'s revocation is gone`).toBe(REASONS.grantRevoked.code);
  }
}

describe("kill -9 of the car while a key works", () => {
  it("loses nothing that was acknowledged, and the log of acts goes on, however often", async () => {
    const user = new User();
    const life = new Life("kill nine");
    const log = new Set<string>();
    let car = await user.startCar();
    await life.pair(user, car);
    for (let round = 0; round < ROUND_COUNT; round++) {
      const killed = new Promise<void>((resolve, reject) => setTimeout(() => void car.kill().then(resolve, reject), life.below(ROUND_MS_MAX)));
      await life.work(car);
      await killed;
      car = await user.startCar();
      expect(await car.ready, `round ${round}`).toMatchObject({ claimed: true });
      await check(life, car, log);
    }
    const { acknowledged, uncertain } = life.promises;
    console.log(`kill -9: ${ROUND_COUNT} times, ${acknowledged} changes acknowledged, ${uncertain.size} cut off`);
    expect(acknowledged).toBeGreaterThan(ROUND_COUNT);
    expect(await car.stop()).toBe(0);
  });

  it("would be noticed to lose something: an older flash file, put back, is red", async () => {
    const user = new User();
    const life = new Life("canary");
    let car = await user.startCar();
    await life.pair(user, car);
    await car.kill();
    const flash = user.path("car.flash");
    const before = readFileSync(flash);
    car = await user.startCar();
    await life.owner.talk(car, (connection) => life.enrol(connection));
    await car.kill();
    car = await user.startCar();
    await check(life, car, new Set());
    await car.kill();
    writeFileSync(flash, before);
    car = await user.startCar();
    await expect(check(life, car, new Set())).rejects.toThrow(/restored|is gone/);
  });
});
