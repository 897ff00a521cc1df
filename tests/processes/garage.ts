import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { User, type CarProcess } from "./programs.ts";

const BUNDLE = fileURLToPath(new URL("../../dist/release/latchkey.mjs", import.meta.url));

/** What virtual cars are, and cars that are configured so. */
export const MODEL = "latchkey virtual";
/** Options of a boot loader that need not be waited for long. */
export const QUICK = ["--confirm-after", "1s", "--trial-timeout", "30s"] as const;

/** The bundle of this build, and one that differs from it in its version. */
const built = (): string => readFileSync(BUNDLE, "utf8");
export const nextVersion = (): string => built().replaceAll('"version":"0.1.0"', '"version":"0.2.0"');

/** A person with a car under the boot loader, an owner's key, and a maker's release key. */
export class Garage {
  readonly user: User;
  car!: CarProcess;
  releaseKey = "";

  private constructor(user: User) {
    this.user = user;
  }

  /** `carOptions`: what the car is started with besides. */
  static async opened(bootOptions: readonly string[] = QUICK, carOptions: readonly string[] = [], user = new User()): Promise<Garage> {
    const garage = new Garage(user);
    garage.releaseKey = (await user.run(["update", "keygen", "--key", user.path("release.key")])).stdout.trim();
    garage.car = await user.bootCar(bootOptions, carOptions);
    const claim = await user.run(["car", "claim", "--json", "--flash", user.path("car.flash"), "--release-key", garage.releaseKey]);
    await user.run(["key", "init", "--name", "anna"]);
    const paired = await user.run(["key", "pair", "--via", garage.car.via, "--json"], String(claim.json["uri"]));
    expect(paired.json["ok"], paired.stderr).toBe(true);
    return garage;
  }

  /** Signs `content` as an update; gives its file. */
  async make(content: Uint8Array | string, options: { readonly version?: string; readonly model?: string; readonly sequence?: number; readonly key?: string } = {}): Promise<string> {
    const { version = "0.2.0", model = MODEL, sequence = 2, key = "release.key" } = options;
    const bundle = this.user.path(`bundle-${version}-${sequence}.mjs`);
    writeFileSync(bundle, content);
    const made = await this.user.run(["update", "make", "--json", "--key", this.user.path(key), "--model", model, "--version", version, "--sequence", String(sequence), bundle]);
    expect(made.code, made.stderr).toBe(0);
    return String(made.json["file"]);
  }

  offer(file: string) {
    return this.user.run(["update", "offer", "--json", "--flash", this.user.path("car.flash"), file]);
  }

  /** Offers, consents, delivers: what remains is the boot loader's. */
  async install(file: string): Promise<void> {
    expect((await this.offer(file)).json["state"]).toBe("offered");
    expect((await this.user.run(["key", "update", "consent", "--via", this.car.via])).code).toBe(0);
    expect((await this.offer(file)).json["state"]).toBe("staged");
  }

  async status() {
    return (await this.user.run(["update", "status", "--json", "--flash", this.user.path("car.flash")])).json;
  }

  async opens(): Promise<void> {
    const unlocked = await this.user.run(["key", "unlock", "--json", "--via", this.car.via]);
    expect(unlocked.code, unlocked.stderr).toBe(0);
    expect((await this.user.run(["key", "lock", "--force", "--json", "--via", this.car.via])).code).toBe(0);
  }

  /** What the slot holds that the car came with. */
  get firstSlot(): string {
    return createHash("sha256").update(readFileSync(this.user.path("slots/a.mjs"))).digest("hex");
  }
}
