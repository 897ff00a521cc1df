import type { CryptoPort } from "../../firmware/ports/index.ts";
import { Courier, type InboxItem } from "./courier.ts";
import { LIMITS } from "./limits.ts";
import type { Records, ReleaseRecord, VehicleRecord } from "./records.ts";
import { notFound, Refusal } from "./refusal.ts";
import { hashOf, makeToken, type Surroundings } from "./secrets.ts";
import { Challenges, readStatement } from "./statement.ts";

/** Vehicles that accounts have registered, and what their uplinks and their owners leave for each other. */
export class Vehicles {
  readonly courier: Courier;
  readonly #challenges = new Challenges();
  readonly #byToken = new Map<string, string>();
  readonly #records: Records;
  readonly #surroundings: Surroundings;
  readonly #crypto: CryptoPort;

  constructor(records: Records, surroundings: Surroundings, crypto: CryptoPort) {
    this.#records = records;
    this.#surroundings = surroundings;
    this.#crypto = crypto;
    this.courier = new Courier(surroundings);
    for (const [vehicle, record] of records.all("vehicle")) {
      this.#byToken.set(record.uplinkTokenHash, vehicle);
      if (record.list !== undefined) this.courier.postList(vehicle, record.list);
      this.#tellRelease(vehicle, record);
    }
  }

  challenge(account: string): string {
    const challenge = this.#surroundings.random(32);
    this.#challenges.add(account, challenge, this.#surroundings.nowMs(), { lifeMs: LIMITS.challengeLifeMs, countMax: LIMITS.challengesPerAccount });
    return Buffer.from(challenge).toString("base64url");
  }

  async register(account: string, statement: string, label: string): Promise<{ vehicle: string; uplinkToken: string }> {
    const said = readStatement(this.#crypto, Buffer.from(statement, "base64url"));
    if (said === undefined || said.account !== account || !this.#challenges.use(account, said.challenge, this.#surroundings.nowMs())) {
      throw new Refusal(400, "badStatement", "this is no statement of a car's key for this account and a challenge that is open", "Ask for a new challenge and sign it within 10 minutes.");
    }
    const own = [...this.#records.all("vehicle").values()].filter((vehicle) => vehicle.account === account);
    if (own.length >= LIMITS.vehiclesPerAccount) throw new Refusal(409, "tooManyVehicles", `an account has at most ${LIMITS.vehiclesPerAccount} vehicles`, "Remove one first.");
    const vehicle = Buffer.from(this.#surroundings.random(16)).toString("base64url");
    const vehicleId = Buffer.from(said.vehicleId).toString("base64url");
    return { vehicle, uplinkToken: await this.#giveToken(vehicle, { account, label, vehicleId, statement, uplinkTokenHash: "" }) };
  }

  renewToken(account: string, vehicle: string): Promise<string> {
    return this.#giveToken(vehicle, this.#own(account, vehicle));
  }

  async remove(account: string, vehicle: string): Promise<void> {
    this.#byToken.delete(this.#own(account, vehicle).uplinkTokenHash);
    this.courier.forget(vehicle);
    await this.#records.commit([["vehicle", vehicle, undefined]]);
  }

  list(account: string): readonly object[] {
    return [...this.#records.all("vehicle")]
      .filter(([, record]) => record.account === account)
      .map(([vehicle, { label, vehicleId }]) => ({ vehicle, label, vehicleId, uplinkSeenAtMs: this.courier.seenAtMs(vehicle) }));
  }

  /** Refuses a vehicle that is not this account's as one that is not there. */
  demandOwn(account: string, vehicle: string): void {
    this.#own(account, vehicle);
  }

  report(account: string, vehicle: string): object {
    const { report } = this.#own(account, vehicle);
    if (report === undefined) throw new Refusal(404, "noReport", "this vehicle has reported nothing", "See that its uplink runs.");
    return report;
  }

  async leaveList(account: string, vehicle: string, list: string): Promise<void> {
    const committed = this.#records.commit([["vehicle", vehicle, { ...this.#own(account, vehicle), list }]]);
    this.courier.postList(vehicle, list);
    await committed;
  }

  /** The vehicle whose uplink has this token, or undefined. */
  vehicleOf(uplinkToken: string): string | undefined {
    return this.#byToken.get(hashOf(uplinkToken));
  }

  inbox(vehicle: string, after: number, waitMs: number): Promise<object> {
    if (after === 0) this.#tellAgain(vehicle);
    return this.courier.inbox(vehicle, after, waitMs, (items) => this.#acknowledge(vehicle, items));
  }

  async takeReport(vehicle: string, report: object, model: string | undefined): Promise<void> {
    const before = this.#records.get("vehicle", vehicle);
    if (before === undefined) throw notFound("vehicle");
    const record: VehicleRecord = { ...before, report: { receivedAtMs: this.#surroundings.nowMs(), report }, ...(model === undefined ? {} : { model }) };
    await this.#records.commit([["vehicle", vehicle, record]]);
    if (record.model !== before.model) this.#tellRelease(vehicle, record);
  }

  /** Tells the uplinks of this release's model. */
  announce(release: ReleaseRecord): void {
    for (const [vehicle, record] of this.#records.all("vehicle")) if (record.model === release.model) this.#tellRelease(vehicle, record);
  }

  /** An uplink that begins anew may have lost in the middle what it was told. */
  #tellAgain(vehicle: string): void {
    const { told: _told, ...record } = this.#records.get("vehicle", vehicle)!;
    this.#tellRelease(vehicle, record);
  }

  #tellRelease(vehicle: string, { model, told }: VehicleRecord): void {
    const [newest] = [...this.#records.all("release").values()].filter((release) => release.model === model).sort((a, b) => b.sequenceNumber - a.sequenceNumber);
    if (newest === undefined || (told !== undefined && told.model === model && told.sequenceNumber >= newest.sequenceNumber)) return;
    this.courier.postRelease(vehicle, { kind: "release", ...newest });
  }

  async #acknowledge(vehicle: string, items: readonly InboxItem[]): Promise<void> {
    const before = this.#records.get("vehicle", vehicle);
    if (before === undefined) return;
    let record = before;
    for (const item of items) {
      if (item.kind === "list" && item.bytes === record.list) {
        const { list: _delivered, ...rest } = record;
        record = rest;
      }
      if (item.kind === "release") record = { ...record, told: { model: item.model, sequenceNumber: item.sequenceNumber } };
    }
    if (record !== before) await this.#records.commit([["vehicle", vehicle, record]]);
  }

  #own(account: string, vehicle: string): VehicleRecord {
    const record = this.#records.get("vehicle", vehicle);
    if (record?.account !== account) throw notFound("vehicle");
    return record;
  }

  /** The token before it dies. */
  async #giveToken(vehicle: string, record: VehicleRecord): Promise<string> {
    const token = makeToken(this.#surroundings);
    this.#byToken.delete(record.uplinkTokenHash);
    this.#byToken.set(hashOf(token), vehicle);
    await this.#records.commit([["vehicle", vehicle, { ...record, uplinkTokenHash: hashOf(token) }]]);
    return token;
  }
}
