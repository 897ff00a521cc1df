import { timingSafeEqual } from "node:crypto";
import { LIMITS } from "./limits.ts";
import type { AccountRecord, RecordChange, Records } from "./records.ts";
import { Refusal } from "./refusal.ts";
import { hashOf, makeToken, PasswordHasher, type Surroundings } from "./secrets.ts";
import { Tries } from "./tries.ts";
import { totpUri, verifyTotp } from "./totp.ts";

export interface Login {
  readonly account: string;
  readonly password: string;
  readonly code?: string;
  readonly recoveryCode?: string;
}

const SECRET_BYTES = 20;
const SALT_BYTES = 16;
const RECOVERY_CODE_COUNT = 10;
const RECOVERY_CODE_BYTES = 10;
/** Stands for the salt of an account that does not exist: the work is the same. */
const NO_SALT = "00".repeat(SALT_BYTES);

const wrongCode = (): Refusal => new Refusal(401, "wrongCode", "this code is wrong, too old, or was used before", "Wait for the next code of your authenticator app, or use a recovery code.");

/** Accounts, sessions and second factors. None of it opens a car. */
export class Accounts {
  readonly tries: Tries;
  readonly #hasher = new PasswordHasher();
  readonly #records: Records;
  readonly #surroundings: Surroundings;
  readonly #creating = new Set<string>();

  constructor(records: Records, surroundings: Surroundings) {
    this.#records = records;
    this.#surroundings = surroundings;
    this.tries = new Tries(records, surroundings);
  }

  async create(account: string, password: string): Promise<void> {
    const taken = new Refusal(409, "accountTaken", "this account exists", "Log in, or take another name.");
    if (this.#records.get("account", account) !== undefined || this.#creating.has(account)) throw taken;
    if (this.#records.all("account").size + this.#creating.size >= LIMITS.accountCount) throw new Refusal(503, "full", "this service takes no more accounts", "Ask whoever runs it.");
    this.#creating.add(account);
    try {
      const salt = Buffer.from(this.#surroundings.random(SALT_BYTES));
      const hash = await this.#hasher.hash(password, salt);
      await this.#records.commit([["account", account, { salt: salt.toString("hex"), passwordHash: Buffer.from(hash).toString("hex"), recoveryHashes: [] }]]);
    } finally {
      this.#creating.delete(account);
    }
  }

  /** A new session. The try is counted before any work, so that ending the service in between helps nobody. */
  async logIn({ account, password, code, recoveryCode }: Login): Promise<{ session: string; expiresAtMs: number; twoFactor: boolean }> {
    await this.tries.begin(account);
    const salt = this.#records.get("account", account)?.salt ?? NO_SALT;
    const hash = await this.#hasher.hash(password, Buffer.from(salt, "hex"));
    const record = this.#records.get("account", account);
    const known = Buffer.from(record?.passwordHash ?? "00".repeat(hash.length), "hex");
    if (!timingSafeEqual(hash, known) || record === undefined) throw new Refusal(401, "wrongCredentials", "account or password is wrong", "Try again, or make an account.");
    const twoFactor = record.totp?.pending === false;
    if (!twoFactor && this.#rollOut) {
      await this.tries.forgive(account);
      throw new Refusal(403, "twoFactorRequired", "this service demands a second factor, and this account has none", "It is enrolled from a session that still lives; without one ask whoever runs the service. The key in your phone needs no login.");
    }
    if (twoFactor && code === undefined && recoveryCode === undefined) {
      await this.tries.forgive(account);
      throw new Refusal(401, "codeNeeded", "this account has a second factor", "Send the code of your authenticator app, or a recovery code.");
    }
    const used = twoFactor ? this.#useCode(record, code, recoveryCode) : record;
    const session = makeToken(this.#surroundings);
    const expiresAtMs = this.#surroundings.nowMs() + LIMITS.sessionLifeMs;
    await this.#records.commit([["account", account, used], ...this.#roomForSession(account), ["session", hashOf(session), { account, expiresAtMs }]]);
    await this.tries.succeed(account);
    return { session, expiresAtMs, twoFactor };
  }

  /** The account of a session that lives, or undefined. */
  accountOf(session: string): string | undefined {
    const record = this.#records.get("session", hashOf(session));
    return record !== undefined && this.#surroundings.nowMs() < record.expiresAtMs ? record.account : undefined;
  }

  logOut(session: string): Promise<void> {
    return this.#records.commit([["session", hashOf(session), undefined]]);
  }

  describe(account: string): { account: string; twoFactor: boolean; recoveryCodesLeft: number } {
    const record = this.#records.get("account", account)!;
    return { account, twoFactor: record.totp?.pending === false, recoveryCodesLeft: record.recoveryHashes.length };
  }

  /** A secret that counts once a code of it has come. */
  async beginTwoFactor(account: string): Promise<{ uri: string }> {
    const record = this.#records.get("account", account)!;
    if (record.totp?.pending === false) throw new Refusal(409, "twoFactorOn", "this account has a second factor", "Take it off first with a code of it.");
    const secret = Buffer.from(this.#surroundings.random(SECRET_BYTES)).toString("hex");
    await this.#records.commit([["account", account, { ...record, totp: { secret, pending: true, lastStep: 0 } }]]);
    return { uri: totpUri(secret, account) };
  }

  async confirmTwoFactor(account: string, code: string): Promise<{ recoveryCodes: readonly string[] }> {
    const totp = this.#records.get("account", account)!.totp;
    if (totp?.pending !== true) throw new Refusal(409, "nothingPending", "no second factor waits to be confirmed", "Ask for one first.");
    return this.#withCode(account, code, (record) => this.#withRecoveryCodes(record));
  }

  async dropTwoFactor(account: string, code: string): Promise<void> {
    this.#demandTwoFactor(account);
    await this.#withCode(account, code, (record) => {
      const { totp: _gone, ...rest } = record;
      return { record: { ...rest, recoveryHashes: [] }, recoveryCodes: [] };
    });
  }

  async renewRecoveryCodes(account: string, code: string): Promise<{ recoveryCodes: readonly string[] }> {
    this.#demandTwoFactor(account);
    return this.#withCode(account, code, (record) => this.#withRecoveryCodes(record));
  }

  /** Demands a second factor of everybody, at once: who has none is logged out. Gives how many sessions ended. */
  async rollOut(twoFactor: boolean): Promise<{ loggedOut: number }> {
    const without = (account: string): boolean => this.#records.get("account", account)?.totp?.pending !== false;
    const ended = twoFactor ? [...this.#records.all("session")].filter(([, { account }]) => without(account)) : [];
    await this.#records.commit([["setting", "rollOut", { twoFactor }], ...ended.map(([id]) => ["session", id, undefined] as const)]);
    return { loggedOut: ended.length };
  }

  get #rollOut(): boolean {
    return this.#records.get("setting", "rollOut")?.twoFactor === true;
  }

  #demandTwoFactor(account: string): void {
    if (this.#records.get("account", account)!.totp?.pending !== false) throw new Refusal(409, "noTwoFactor", "this account has no second factor", "Enrol one first.");
  }

  /** Checks a code under the account's delay, then changes the account. */
  async #withCode(
    account: string,
    code: string,
    change: (record: AccountRecord) => { record: AccountRecord; recoveryCodes: readonly string[] },
  ): Promise<{ recoveryCodes: readonly string[] }> {
    await this.tries.begin(account);
    const { record, recoveryCodes } = change(this.#useCode(this.#records.get("account", account)!, code, undefined));
    await this.#records.commit([["account", account, record]]);
    await this.tries.succeed(account);
    return { recoveryCodes };
  }

  #useCode(record: AccountRecord, code: string | undefined, recoveryCode: string | undefined): AccountRecord {
    if (code !== undefined && record.totp !== undefined) {
      const step = verifyTotp(record.totp, code, this.#surroundings.nowMs(), record.totp.lastStep);
      if (step === undefined) throw wrongCode();
      return { ...record, totp: { ...record.totp, lastStep: step } };
    }
    const hash = hashOf((recoveryCode ?? "").replaceAll("-", "").toLowerCase());
    if (!record.recoveryHashes.includes(hash)) throw wrongCode();
    return { ...record, recoveryHashes: record.recoveryHashes.filter((left) => left !== hash) };
  }

  #withRecoveryCodes(record: AccountRecord): { record: AccountRecord; recoveryCodes: readonly string[] } {
    const plain = Array.from({ length: RECOVERY_CODE_COUNT }, () => Buffer.from(this.#surroundings.random(RECOVERY_CODE_BYTES)).toString("hex"));
    const totp = record.totp === undefined ? {} : { totp: { ...record.totp, pending: false } };
    return { record: { ...record, ...totp, recoveryHashes: plain.map(hashOf) }, recoveryCodes: plain.map((code) => code.match(/.{5}/g)!.join("-")) };
  }

  /** The oldest session makes room, and what has expired goes. */
  #roomForSession(account: string): readonly RecordChange[] {
    const nowMs = this.#surroundings.nowMs();
    const own = [...this.#records.all("session")].filter(([, session]) => session.account === account).sort(([, a], [, b]) => a.expiresAtMs - b.expiresAtMs);
    const surplus = own.length - LIMITS.sessionsPerAccount + 1;
    return own.filter(([, { expiresAtMs }], place) => expiresAtMs <= nowMs || place < surplus).map(([id]) => ["session", id, undefined] as const);
  }
}
