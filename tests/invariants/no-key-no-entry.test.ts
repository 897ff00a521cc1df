import { describe, expect, it } from "vitest";
import type { Asker } from "../../firmware/access/index.ts";
import { quickCrypto } from "../support/wired-car.ts";
import { ATTACKS, scene } from "./attacks.ts";
import { altered, GENUINE, overlaid, withParts, type Mutant } from "./mutants.ts";

/** Names of the attacks that opened something. */
function whoGotIn(mutant: Mutant, names: readonly string[] = Object.keys(ATTACKS)): string[] {
  const inside: string[] = [];
  for (const name of names) {
    const it = scene(mutant, name);
    ATTACKS[name]!(it);
    it.car.pass(5_000);
    const opened = it.car.performed.filter((effect) => (effect.kind === "driveLatch" && effect.toward === "unlocked") || (effect.kind === "setImmobiliser" && effect.released));
    if (opened.length > 0) inside.push(name);
  }
  return inside;
}

/** The inside of a controller's sessions, as far as a mutant changes it. */
interface OpenSessions {
  tickets: { redeem(id: Uint8Array, nowMs: number): unknown };
  request(link: { state: { channel: { open(body: Uint8Array): unknown } } }, plaintext: Uint8Array): void;
  hearProtected(link: unknown, body: Uint8Array, nowMs: number): void;
  parts: { random: { bytes(length: number): Uint8Array } };
}

const MUTANTS: Readonly<Record<string, readonly [Mutant, mustGetIn: readonly string[]]>> = {
  "a decision that always says yes": [
    withParts(({ access }) => ({
      access: overlaid(access, {
        decide: (request) => {
          const asker: Asker = { kind: "key", keyId: access.listKeys(1).keys[0]!.keyId };
          return access.decide({ ...request, asker, proximity: "local", path: "full", use: undefined });
        },
      }),
    })),
    ["a guest before and after its window", "a guest whose uses are spent", "a guest outside its scope", "a guest over a remote link", "the recovery key"],
  ],
  "a directory that still finds revoked keys, and a decision that has forgotten them": [
    withParts(({ access }) => {
      const once = new Map<string, ReturnType<typeof access.key>>();
      return {
        access: overlaid(access, {
          key: (keyId) => {
            const key = access.key(keyId);
            if (key !== undefined) once.set(keyId, key);
            return once.get(keyId);
          },
          decide: (request) => {
            const decision = access.decide(request);
            if (decision.allowed || decision.reason !== "revokedKey") return decision;
            return access.decide({ ...request, asker: { kind: "key", keyId: access.listKeys(1).keys[0]!.keyId } });
          },
        }),
      };
    }),
    ["a key that was revoked"],
  ],
  "tickets that are not spent, on links whose challenges are all the same": [
    altered((controller) => {
      const { tickets, parts } = controller.sessions as unknown as OpenSessions;
      Object.assign(parts, { random: { bytes: (length: number) => new Uint8Array(length) } });
      const redeem = tickets.redeem.bind(tickets);
      const seen = new Map<string, unknown>();
      tickets.redeem = (id, nowMs) => {
        const redeemed = redeem(id, nowMs) ?? seen.get(String(id));
        seen.set(String(id), redeemed);
        return redeemed;
      };
    }),
    ["a ticket shown twice", "sessions played back"],
  ],
  "commands that may come again within a session": [
    altered((controller) => {
      const sessions = controller.sessions as unknown as OpenSessions;
      const plaintexts = new Map<string, Uint8Array>();
      let current = "";
      const request = sessions.request.bind(sessions);
      sessions.request = (link, plaintext) => {
        plaintexts.set(current, plaintext);
        request(link, plaintext);
      };
      const hear = sessions.hearProtected.bind(sessions);
      sessions.hearProtected = (link, body, nowMs) => {
        current = String(body);
        const known = plaintexts.get(current);
        if (known === undefined) hear(link, body, nowMs);
        else sessions.request(link as never, known);
      };
      const handle = controller.sessions.handle.bind(controller.sessions);
      // The first frames of the recorded link begin a handshake; this mutant takes what it knows of them from a live link as well.
      controller.sessions.handle = (event, nowMs) => (event.kind === "frameReceived" && event.bytes[0] === 0xc1 && controller.sessions.snapshot().authenticated.some(({ link }) => link === event.link) ? [] : handle(event, nowMs));
    }),
    ["a session repeated into the link it was recorded from"],
  ],
  "signatures that are not checked": [{ crypto: overlaid(quickCrypto("car"), { verify: () => true }) }, ["a forger under the owner's key id"]],
  "a clock that grants do not need": [
    withParts(({ access }) => ({
      access: overlaid(access, {
        decide: (request) => {
          const { asker } = request;
          return access.decide(asker.kind === "grant" ? { ...request, asker: { kind: "grant", grant: { ...asker.grant, expiresAtS: undefined, notBeforeS: undefined } } } : request);
        },
      }),
    })),
    ["a guest before and after its window"],
  ],
};

describe("no key, no entry", () => {
  it("nobody without a verified, permitted, unexpired credential ever moves a latch open or releases the drive", () => {
    expect(whoGotIn(GENUINE)).toEqual([]);
  });

  it("the owner does get in, also in the middle of all this", () => {
    const it = scene(GENUINE, "owner");
    ATTACKS["noise on the air"]!(it);
    it.owner.askFresh({ kind: "unlock" });
    expect(it.car.latch("driverDoor")).toBe("unlocked");
  });

  for (const [name, [mutant, mustGetIn]] of Object.entries(MUTANTS)) {
    it(`is noticed to be gone with ${name}`, () => {
      expect(whoGotIn(mutant, mustGetIn)).toEqual(mustGetIn);
    });
  }
});
