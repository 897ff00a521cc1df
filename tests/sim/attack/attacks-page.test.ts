import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { listAttacks, listNotPlayed, playAttack, type Attack } from "../../../sim/attack/index.ts";
import { createCrypto } from "../latchkey.ts";

const page = readFileSync(new URL("../../../docs/attacks.md", import.meta.url), "utf8");

const shown = (name: string): string | undefined => new RegExp(`<!-- ${name}, generated -->\\n\\n([\\s\\S]*?)\\n\\n<!-- end of ${name} -->`).exec(page)?.[1];

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

function verdictOf(attack: Attack): string {
  const { verdict, checks, contrastHolds } = playAttack(attack, { createCrypto });
  return `${verdict}, ${checks.filter(({ held }) => held).length} of ${checks.length}${contrastHolds === true ? "; the cloud-dependent car fell" : ""}`;
}

describe("docs/attacks.md", () => {
  it("shows every attack that is played, what must hold, where the guard is, and the verdict that is played now", () => {
    const rows = listAttacks().map((attack) => row([attack.id, `${attack.title}${attack.year === undefined ? "" : ` (${attack.year})`}`, attack.must, attack.guard, verdictOf(attack)]));
    expect(shown("attacks")).toBe([row(["id", "attack", "what must hold", "guard", "verdict"]), row(["---", "---", "---", "---", "---"]), ...rows].join("\n"));
  });

  it("names files that exist", () => {
    const named = [...page.matchAll(/(?:firmware|hal|sim|docs|tests)\/[\w./-]*\w/g)].map(([path]) => path);
    expect(named.length).toBeGreaterThan(listAttacks().length);
    expect(named.filter((path) => !existsSync(new URL(`../../../${path}`, import.meta.url)))).toEqual([]);
  });

  it("shows every attack that is not played, and why", () => {
    const rows = listNotPlayed().map(({ id, title, why }) => row([id, title, why]));
    expect(shown("left out")).toBe([row(["id", "attack", "why it is not played"]), row(["---", "---", "---"]), ...rows].join("\n"));
  });
});
