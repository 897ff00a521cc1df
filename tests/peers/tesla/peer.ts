import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { CarProcess, Ended, User } from "../../processes/programs.ts";
import { Asked, type Result } from "../asked.ts";
import { ENVIRONMENT } from "../tools.ts";

export const VIN = "5YJ30123456789ABC";

/** `faults`: those that the car sent meanwhile, also where the client recovered. */
interface TeslaResult extends Result {
  readonly faults: readonly string[];
}

let program: string | undefined;

/** Builds the client from Tesla's module, once for all tests of a file; gives what removes it. */
export function buildPeer(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-peer-"));
  const file = join(folder, "tesla");
  const options = { cwd: fileURLToPath(new URL(".", import.meta.url)), env: { ...ENVIRONMENT, GOFLAGS: "-mod=readonly -buildvcs=false" }, encoding: "utf8", stdio: "pipe" } as const;
  execFileSync("go", ["build", "-o", file, "."], options);
  program = file;
  return () => rmSync(folder, { recursive: true, force: true });
}

/** A client of Tesla's own module in a process of its own. */
export class TeslaPeer extends Asked<TeslaResult> {
  private constructor(args: readonly string[]) {
    super(spawn(program!, args, { stdio: "pipe" }));
  }

  /** A client of this user with the key of that name, not attached to any car yet. */
  static started(user: User, key: string, more: readonly string[] = []): TeslaPeer {
    return new TeslaPeer(["--vin", VIN, "--key", user.path(`${key}.pem`), ...more]);
  }

  /** The same, attached to the car. */
  static async attached(user: User, key: string, car: CarProcess, more: readonly string[] = []): Promise<TeslaPeer> {
    const peer = TeslaPeer.started(user, key, more);
    await peer.does(`attach 127.0.0.1:${car.port}`);
    return peer;
  }

  /** Its answer; it must succeed, and meet these faults on the way. */
  async does(command: string, faults: readonly string[] = []): Promise<TeslaResult["answer"]> {
    const result = await this.ask(command);
    expect([result.command, result.ok, result.error, result.faults]).toEqual([command, true, undefined, faults]);
    return result.answer;
  }
}

/** A user with a car that speaks both dialects. */
export class TeslaGarage {
  readonly user: User;
  car: CarProcess;

  private constructor(user: User, car: CarProcess) {
    this.user = user;
    this.car = car;
  }

  static async opened(user: User, options: readonly string[] = []): Promise<TeslaGarage> {
    return new TeslaGarage(user, await user.startCar("car.flash", ["--vin", VIN, ...options]));
  }

  async restart(): Promise<void> {
    expect(await this.car.stop()).toBe(0);
    this.car = await this.user.startCar("car.flash", ["--vin", VIN]);
  }

  peer(key: string, more: readonly string[] = []): Promise<TeslaPeer> {
    return TeslaPeer.attached(this.user, key, this.car, more);
  }

  /** A client whose key has become one of the car's, by a card tapped inside. */
  async paired(key: string, role = "owner", more: readonly string[] = []): Promise<TeslaPeer> {
    const peer = await this.peer(key, more);
    await peer.does(`pair ${role}`);
    await this.world("tap-card");
    expect((await peer.does("paired")).operationStatus).toBe("OPERATIONSTATUS_OK");
    return peer;
  }

  /** What the world does; it must be able to. */
  async world(words: string): Promise<Ended> {
    const [act = "", ...rest] = words.split(" ");
    const done = await this.user.run(["world", act, ...rest, "--flash", this.user.path("car.flash")]);
    expect(done.code, done.stderr).toBe(0);
    return done;
  }
}
