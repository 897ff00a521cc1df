import type { Asker } from "../../../firmware/access/index.ts";
import { ok } from "../../../firmware/base/index.ts";
import { Controller, EffectPump, type ControllerEvent, type ControllerParts, type Effect } from "../../../firmware/controller/index.ts";
import { publicKeyOf } from "../../../firmware/cose/index.ts";
import { createWallet } from "../../../firmware/key/index.ts";
import { TABLES } from "../../../firmware/records/index.ts";
import { overlaid, type Weakness } from "../../../sim/attack/index.ts";
import { createPrng, randomPortOf } from "../../../sim/chance/index.ts";
import { bootLatchkey, type BootController } from "../../../sim/world/index.ts";
import { createCrypto } from "../latchkey.ts";

/** A guard taken out: what it is, and what stands in its place for a run of `seed`. */
export interface Named {
  readonly name: string;
  readonly weaken: (seed: string) => Weakness;
}

type Handle = (event: ControllerEvent) => readonly Effect[];

/** A world's controller with something between it and its board. */
const between = (change: (handle: Handle, controller: Controller) => Handle): BootController => (ports) => {
  const { controller, effects } = bootLatchkey(ports);
  const handle = change((event) => controller.handle(event), controller as Controller);
  return { effects, controller: { handle, durable: () => controller.durable(), status: () => controller.status() } };
};

/** The same on the bench. */
const onBench = (change: (handle: Handle) => Handle): Weakness => ({
  createPump: (controller, performer) => {
    const handle = change((event) => controller.handle(event));
    return new EffectPump({ handle, durable: () => controller.durable() }, performer);
  },
});

const withParts = (change: (parts: ControllerParts) => Partial<ControllerParts>): Weakness => ({ rebuild: ({ parts }) => new Controller({ ...parts, ...change(parts) }) });

const altered = (change: (controller: Controller) => void): Weakness => ({
  rebuild: ({ parts }) => {
    const controller = new Controller(parts);
    change(controller);
    return controller;
  },
});

/** One that is the same in every run. */
export const weak = (name: string, weakness: Weakness): Named => ({ name, weaken: () => weakness });

const measured = (change: (measurement: Extract<ControllerEvent, { kind: "rangeMeasured" }>["measurement"]) => Extract<ControllerEvent, { kind: "rangeMeasured" }>["measurement"] | undefined) =>
  between((handle) => (event) => {
    if (event.kind !== "rangeMeasured") return handle(event);
    const measurement = change(event.measurement);
    return measurement === undefined ? [] : handle({ ...event, measurement });
  });

export const STRENGTH_IS_DISTANCE = weak("strength taken for distance", { boot: measured((it) => (it.kind === "rtt" ? undefined : { ...it, kind: "uwb", metres: 1 })) });

export const PHASE_ALONE = weak("phase believed without time of flight", { boot: measured((it) => (it.kind === "channelSounding" ? { ...it, kind: "uwb" } : undefined)) });

export const ONE_ROUND: Named = {
  name: "one near round is enough",
  weaken: (): Weakness => {
    let near = false;
    return { boot: measured((it) => ((near ||= it.metres < 1 && it.kind === "uwb") ? { ...it, metres: 0 } : it)) };
  },
};

export const ANY_BINDING = weak("rounds of any session", {
  boot: between((handle) => {
    let binding: Uint8Array | undefined;
    return (event) => {
      const effects = handle(event.kind === "rangeMeasured" && binding !== undefined ? { ...event, measurement: { ...event.measurement, binding } } : event);
      for (const effect of effects) if (effect.kind === "startRanging") ({ binding } = effect);
      return effects;
    };
  }),
});

export const MOTION_IGNORED = weak("motion that nobody asks about", {
  boot: between((handle, { passive }) => {
    const moved = passive.moved.bind(passive);
    passive.moved = (link, _still, nowMs) => moved(link, false, nowMs);
    return handle;
  }),
});

export const SLOW_CARDS = weak("a reader that does not look at the clock", onBench((handle) => (event) => handle(event.kind === "cardAnswered" ? { ...event, elapsedMs: 1 } : event)));

export const NEVER_IMMOBILISED = weak("a drive that stays released", onBench((handle) => (event) => handle(event).filter((effect) => effect.kind !== "setImmobiliser" || effect.released)));

/** Everybody is taken for the owner who came first. */
const asOwner = (access: ControllerParts["access"]): Asker => ({ kind: "key", keyId: access.listKeys(1).keys[0]!.keyId });

export const ALWAYS_YES = weak("a decision that always says yes", withParts(({ access }) => ({
  access: overlaid(access, { decide: (request) => access.decide({ ...request, asker: asOwner(access), proximity: "local", path: "full", use: undefined }) }),
})));

/** The key of somebody called `who` in that run counts as an owner's. */
export const strangerIsOwner = (who: string): Named => ({
  name: `a directory that knows ${who} as an owner`,
  weaken: (seed) => withParts(({ access }) => {
    const wallet = createWallet(createCrypto(randomPortOf(createPrng(`${seed}/key of ${who}`))), { algorithm: "Ed25519", name: who });
    const publicKey = wallet.ok ? wallet.value.key.publicKey : undefined;
    return {
      access: overlaid(access, {
        key: (keyId) => {
          const first = access.key(access.listKeys(1).keys[0]?.keyId ?? "");
          return access.key(keyId) ?? (first && publicKey && { ...first, role: "owner", publicKey } as typeof first);
        },
        decide: (request) => access.decide({ ...request, asker: asOwner(access) }),
      }),
    };
  }),
});

/** The card called `who` in that run counts as the owner's. */
export const cardIsOwners = (who: string): Named => ({
  name: `a directory in which the card of the ${who} is the owner's`,
  weaken: (seed) => withParts(({ access }) => {
    const crypto = createCrypto(randomPortOf(createPrng(`${seed}/card ${who}`)));
    const { coseKey } = publicKeyOf("ES256", crypto.agreementPoint(crypto.generateAgreementKey("P-256")).slice(1));
    const enrolled = (): string => access.listKeys(64).keys.find(({ role }) => role === "card")?.keyId ?? "";
    return {
      access: overlaid(access, {
        key: (keyId) => {
          const owners = access.key(enrolled());
          return access.key(keyId) ?? (owners && { ...owners, publicKey: coseKey });
        },
        decide: (request) => {
          const decision = access.decide(request);
          return decision.allowed || decision.reason !== "unknownKey" ? decision : access.decide({ ...request, asker: { kind: "key", keyId: enrolled() } });
        },
      }),
    };
  }),
});

export const PIECEMEAL = weak("records stored one by one", withParts(({ store }) => ({
  store: overlaid(store, {
    commit: (changes) => {
      for (const change of changes) {
        const stored = store.commit([change]);
        if (!stored.ok) return stored;
      }
      return store.commit([]);
    },
  }),
})));

export const BUTTON_HELD = weak("a button that counts as held", onBench((handle) => (event) => {
  if (event.kind === "linkOpened") handle({ kind: "inputChanged", input: "resetButton", active: true });
  return handle(event);
}));

/** A car that opens for anything it has heard before, as remotes with fixed codes do. */
export const FIXED_CODES: Named = {
  name: "codes that count again",
  weaken: () => {
    // Outlives a restart of the car.
    const heard = new Set<string>();
    return onBench((handle) => (event) => {
      const effects = handle(event);
      if (event.kind !== "frameReceived") return effects;
      const code = event.bytes.join();
      if (heard.has(code)) return [...effects, { kind: "driveLatch", latch: "driverDoor", toward: "unlocked", pulseMs: 500 }];
      heard.add(code);
      return effects;
    });
  },
};

/** A car that opens for a frame of the right kind. */
export const ANY_FRAME = weak("frames that are not checked", onBench((handle) => (event) => {
  const effects = handle(event);
  return event.kind === "frameReceived" && event.bytes[0] === 0xc2 ? [...effects, { kind: "driveLatch", latch: "driverDoor", toward: "unlocked", pulseMs: 500 }] : effects;
}));

export const FORGOTTEN_USES = weak("uses of grants that reach the memory and never the flash", withParts(({ store }) => ({
  store: overlaid(store, { commit: (changes) => store.commit(changes.filter(({ table }) => table !== TABLES.grantUses)) }),
})));

export const NO_CLOCK = weak("a clock that grants do not need", withParts(({ access }) => ({
  access: overlaid(access, {
    decide: (request) => {
      const { asker } = request;
      return access.decide(asker.kind === "grant" ? { ...request, asker: { kind: "grant", grant: { ...asker.grant, expiresAtS: undefined, notBeforeS: undefined } } } : request);
    },
  }),
})));

/** Reads past METHOD and SUITES_I to the key share, as if the phone's own had come. */
export const OFFER_IGNORED = weak("a car that does not look at what was offered", onBench((handle) => (event) => {
  if (event.kind !== "frameReceived" || event.bytes[0] !== 0xc1 || event.bytes.length > 45) return handle(event);
  const share = event.bytes.findIndex((byte, index) => byte === 0x58 && event.bytes[index + 1] === 0x20);
  return handle({ ...event, bytes: Uint8Array.from([0xc1, 0, 4, ...event.bytes.slice(share)]) });
}));

export const TWICE = weak("a car that does everything twice", onBench((handle) => (event) => handle(event).flatMap((effect): readonly Effect[] => (effect.kind === "driveLatch" ? [effect, effect] : [effect]))));

/** The inside of a controller's sessions, as far as a weakness changes it. */
interface OpenSessions {
  readonly limits: object;
  readonly budget: object;
}

export const SQUATTERS_STAY = weak("strangers who are never dropped", altered((controller) => {
  Object.assign((controller.sessions as unknown as OpenSessions).limits, { strangerCountMax: 100, firstFrameTimeoutMs: 1e9, authenticationTimeoutMs: 1e9 });
}));

export const NO_BUDGET = weak("handshakes for everybody who asks", altered((controller) => {
  Object.assign((controller.sessions as unknown as OpenSessions).budget, { take: () => true });
}));

export const ONE_IDENTITY = weak("one advertised identity for ever", onBench((handle) => (event) => handle(event).filter(({ kind }) => kind !== "advertise")));

export const NO_LATCH = weak("a board that drives no latch", { boot: between((handle) => (event) => handle(event).filter(({ kind }) => kind !== "driveLatch")) });

export const ANOTHER_CAR_EACH_DAY: Named = {
  name: "a car that is not the same on each day",
  weaken: () => {
    let boots = 0;
    return { boot: (ports) => (boots++ % 2 === 0 ? bootLatchkey(ports) : NO_LATCH.weaken("").boot!(ports)) };
  },
};

export const FORGIVING: Named = {
  name: "a directory that still finds revoked keys, and a decision that has forgotten why",
  weaken: () => {
    // Outlives a restart of the car.
    const everKnown = new Map<string, NonNullable<ReturnType<ControllerParts["access"]["key"]>>>();
    return withParts(({ access }) => ({
      access: overlaid(access, {
        key: (keyId) => {
          const key = access.key(keyId);
          if (key !== undefined) everKnown.set(keyId, key);
          return everKnown.get(keyId);
        },
        decide: (request) => {
          const decision = access.decide(request);
          return decision.allowed || (decision.reason !== "revokedKey" && decision.reason !== "unknownKey") ? decision : access.decide({ ...request, asker: asOwner(access) });
        },
      }),
    }));
  },
};

export const ENDLESS_TRIES = weak("PIN tries that are not counted", altered(({ parts }) => {
  Object.assign(parts.access.pin, { failed: () => undefined, planTry: () => ok([]) });
}));

export const STORM = weak("a motor that is driven again whenever it stalls", onBench((handle) => (event) => {
  const effects = handle(event);
  return event.kind === "latchReported" && event.report === "stalled" ? [...effects, { kind: "driveLatch", latch: event.latch, toward: "unlocked", pulseMs: 500 }] : effects;
}));

export const OPENS_AT_START = weak("a car that opens when it starts", onBench((handle) => {
  let first = true;
  return (event) => {
    const effects = handle(event);
    if (!first) return effects;
    first = false;
    return [...effects, { kind: "driveLatch", latch: "driverDoor", toward: "unlocked", pulseMs: 500 }];
  };
}));

export const STOPS_WHEN_FULL = weak("a car that opens nothing once its log is full", onBench((handle) => {
  let turned = 0;
  return (event) => {
    if (event.kind === "latchReported") turned++;
    const effects = handle(event);
    return turned > 800 ? effects.filter(({ kind }) => kind !== "driveLatch") : effects;
  };
}));

export const TEST_KEYS = weak("test keys taken as on a test bench", altered(({ parts }) => {
  Object.assign((parts.access as unknown as { readonly state: { readonly options: object } }).state.options, { allowTestKeys: true });
}));
