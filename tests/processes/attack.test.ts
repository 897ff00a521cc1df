import { describe, expect, it } from "vitest";
import { listAttacks, listNotPlayed } from "../../sim/attack/index.ts";
import { User } from "./programs.ts";

describe("latchkey attack", () => {
  it("lists what is played and what is not, for people and as JSON", async () => {
    const user = new User();
    const text = await user.run(["attack", "list"]);
    expect([text.code, text.stdout]).toEqual([0, expect.stringMatching(/^Relay and ranging\nA1 +2022 +A link-layer relay/)]);
    const { code, json } = await user.run(["attack", "list", "--json"]);
    const { ok, attacks, notPlayed } = json as unknown as { ok: boolean; attacks: readonly Record<string, unknown>[]; notPlayed: readonly Record<string, unknown>[] };
    expect([code, ok, attacks.length, notPlayed.length]).toEqual([0, true, listAttacks().length, listNotPlayed().length]);
    expect(Object.keys(attacks[0]!)).toEqual(["id", "year", "title", "source", "has", "does", "must", "guard", "hasContrast"]);
    expect((await user.run(["attack", "list", "--ids"])).stdout.trim().split("\n")).toEqual(listAttacks().map(({ id }) => id));
  });

  it("plays one with its verdict, the same for the same seed", async () => {
    const user = new User();
    const text = await user.run(["attack", "run", "a7"]);
    expect([text.code, text.stdout]).toEqual([0, expect.stringContaining("verdict HELD: 2 of 2 hold; the cloud-dependent controller fell\nseed 1, trace ")]);
    const [first, again] = [await user.run(["attack", "run", "A7", "--seed", "9", "--json"]), await user.run(["attack", "run", "A7", "--seed", "9", "--json"])];
    expect(first.json).toMatchObject({ id: "A7", seed: "9", verdict: "held", contrastHolds: true, replayCommand: "latchkey attack run A7 --seed 9" });
    expect(Object.keys(first.json)).toEqual(["id", "title", "year", "source", "has", "does", "must", "guard", "seed", "traceHash", "events", "checks", "baseline", "verdict", "contrastHolds", "replayCommand"]);
    expect(again.stdout).toBe(first.stdout);
  });

  it("says what it cannot play: an unknown name and a bad seed are wrong use", async () => {
    const user = new User();
    const unknown = await user.run(["attack", "run", "Z9"]);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('there is no attack "Z9"')]);
    expect((await user.run(["attack", "run", "A1", "--seed", "a b"])).code).toBe(2);
    expect((await user.run(["attack", "run"])).code).toBe(2);
    const [left] = listNotPlayed();
    const { code, stderr } = await user.run(["attack", "run", left!.id]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${left!.id} is not played: `)]);
  });
});
