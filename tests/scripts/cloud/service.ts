import { createHmac } from "node:crypto";
import { encode } from "../../../firmware/cbor/index.ts";
import { publicKeyOf, signSign1 } from "../../../firmware/cose/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { buildApi } from "../../../scripts/cloud/api.ts";
import { openMemoryDisk, type Disk } from "../../../scripts/cloud/disk.ts";
import { openService } from "../../../scripts/cloud/service.ts";
import { seededRandom } from "../../support/random.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what it holds is what the tests find out
type Json = Readonly<Record<string, any>>;

export interface Answered {
  readonly status: number;
  readonly json: Json;
  readonly bytes: Buffer;
}

export const PASSWORD = "correct horse";
export const MAKER = "maker-token";
export const crypto = createNodeCrypto({ random: seededRandom("cloud") });
const signer = crypto.generateSigningKey("Ed25519");

/** A statement that a key of a car signs. */
export function statement(account: string, challenge: string, label = "latchkey-vehicle-registration"): string {
  const { coseKey } = publicKeyOf("Ed25519", signer.publicKey);
  const payload = encode([label, new Uint8Array(Buffer.from(challenge, "base64url")), new Uint8Array(32), account, coseKey]);
  return Buffer.from(signSign1(crypto, signer, { payload })).toString("base64url");
}

/** The service on a clock and chance of the test's own. */
export class Cloud {
  nowMs = 1_800_000_000_000;
  readonly disk: Disk;
  /** Of the disk. */
  readonly faults: Error[] = [];
  #api!: Awaited<ReturnType<typeof buildApi>>;
  #seed = 1;

  private constructor(disk: Disk) {
    this.disk = disk;
  }

  static async start(disk = openMemoryDisk()): Promise<Cloud> {
    const cloud = new Cloud(disk);
    await cloud.restart();
    return cloud;
  }

  /** The process ends and another one starts on the same disk. */
  async restart(): Promise<void> {
    const random = seededRandom(`cloud ${this.#seed++}`);
    this.#api = await buildApi(await openService(this.disk, { nowMs: () => this.nowMs, random: (count) => random.bytes(count) }, MAKER, (fault) => this.faults.push(fault)), {});
  }

  async ask(method: "GET" | "POST" | "PUT" | "DELETE", url: string, token?: string, body?: object | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
    const type = Buffer.isBuffer(body) ? { "content-type": "application/octet-stream" } : {};
    const answer = await this.#api.inject({ method, url, headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...type, ...headers }, ...(body === undefined ? {} : { payload: body }) });
    let json: Json = {};
    try {
      json = answer.json();
    } catch {
      // Bytes, or nothing.
    }
    return { status: answer.statusCode, json, bytes: answer.rawPayload };
  }

  logIn(account: string, more: object = {}): Promise<Answered> {
    return this.ask("POST", "/v1/sessions", undefined, { account, password: PASSWORD, ...more });
  }

  /** A new account and its session. */
  async session(account = "anna"): Promise<string> {
    await this.ask("POST", "/v1/accounts", undefined, { account, password: PASSWORD });
    return String((await this.logIn(account)).json["session"]);
  }

  async vehicle(session: string, account = "anna"): Promise<{ vehicle: string; uplinkToken: string }> {
    const { challenge } = (await this.ask("POST", "/v1/registrations", session)).json;
    return (await this.ask("POST", "/v1/vehicles", session, { statement: statement(account, String(challenge)), label: "van" })).json as never;
  }

  /** Enrols a second factor; gives what an authenticator app would know. */
  async twoFactor(session: string): Promise<{ code(): string; recoveryCodes: readonly string[] }> {
    const uri = new URL(String((await this.ask("POST", "/v1/two-factor", session)).json["uri"]));
    const secret = fromBase32(uri.searchParams.get("secret")!);
    const code = (): string => codeAt(secret, this.nowMs);
    const { recoveryCodes } = (await this.ask("POST", "/v1/two-factor/confirm", session, { code: code() })).json;
    return { code, recoveryCodes };
  }
}

/** Codes by their definition (RFC 4226 section 5.3), not by the library that checks them. */
function codeAt(secret: Uint8Array, nowMs: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(nowMs / 30_000)));
  const mac = createHmac("sha1", secret).update(counter).digest();
  return String((mac.readUInt32BE(mac[19]! & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

function fromBase32(text: string): Uint8Array {
  const bits = [...text].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Uint8Array.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)));
}

