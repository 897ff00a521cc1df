import { utf8Encode } from "../../firmware/base/index.ts";
import { publicKeyOf } from "../../firmware/cose/index.ts";
import type { CryptoPort, SigningKey } from "../../firmware/ports/index.ts";
import { parseManifest, signManifest } from "../../firmware/update/index.ts";
import { randomPortOf } from "../chance/index.ts";
import { opensACar, type BootController, type TwoSlotsOptions, type World } from "../world/index.ts";
import type { ReleaseKind } from "./format.ts";

/** What the cars of a story are, and what the makers also make. */
const MODEL = "story car";
const OTHER_MODEL = "story car of last year";

/** Small, and more than one piece of a delivery. */
const BUNDLE_BYTES = 4_000;

export interface Release {
  /** The signed manifest. */
  readonly envelope: Uint8Array;
  readonly bundle: Uint8Array;
  /** What an owner consents to. */
  readonly id: Uint8Array;
}

export type SelfTest = TwoSlotsOptions["selfTest"];

/** Makes releases for the cars of one story, each properly signed whatever is wrong with it. */
export class Maker {
  readonly #crypto: CryptoPort;
  readonly #key: SigningKey;
  readonly #programs = new Map<string, BootController>();
  readonly #boot: BootController;
  readonly #factory: Uint8Array;
  readonly #selfTest: SelfTest;
  #releaseCount = 0;

  constructor(world: World, boot: BootController, selfTest: SelfTest = (program) => opensACar(program, world.createCrypto)) {
    this.#crypto = world.createCrypto(randomPortOf(world.prng.fork("maker")));
    this.#key = this.#crypto.generateSigningKey("Ed25519");
    this.#boot = boot;
    this.#selfTest = selfTest;
    this.#factory = this.#bundleOf(boot);
  }

  /** What a car needs to take this maker's releases. */
  get slots(): TwoSlotsOptions {
    return {
      update: { model: MODEL, releaseKey: publicKeyOf("Ed25519", this.#key.publicKey).coseKey },
      factory: this.#factory,
      programOf: (bundle) => this.#programs.get(textOf(bundle)),
      selfTest: this.#selfTest,
    };
  }

  /** One of another model drives the latches of another car, and so does one that is broken: on this car nothing moves. */
  release(kind: ReleaseKind): Release {
    const sound = kind === "good" || kind === "powerFails";
    const bundle = this.#bundleOf(sound ? this.#boot : movingNothing(this.#boot));
    const sequenceNumber = this.#releaseCount;
    const envelope = signManifest(this.#crypto, this.#key, {
      sequenceNumber,
      model: kind === "wrongModel" ? OTHER_MODEL : MODEL,
      version: `${sequenceNumber}.0`,
      sizeBytes: bundle.length,
      digest: this.#crypto.sha256(bundle),
      nextReleaseKey: undefined,
    });
    const parsed = parseManifest(this.#crypto, envelope);
    if (!parsed.ok) throw new RangeError("a release of a story is well formed");
    return { envelope, bundle, id: parsed.value.id };
  }

  #bundleOf(program: BootController): Uint8Array {
    const bundle = new Uint8Array(BUNDLE_BYTES);
    bundle.set(utf8Encode(`program ${this.#releaseCount++}`));
    this.#programs.set(textOf(bundle), program);
    return bundle;
  }
}

function textOf(bundle: Uint8Array): string {
  return bundle.join();
}

function movingNothing(boot: BootController): BootController {
  return (ports) => {
    const booted = boot(ports);
    const { controller } = booted;
    return {
      ...booted,
      controller: {
        handle: (event) => controller.handle(event).filter(({ kind }) => kind !== "driveLatch"),
        durable: () => controller.durable(),
        status: () => controller.status(),
      },
    };
  };
}
