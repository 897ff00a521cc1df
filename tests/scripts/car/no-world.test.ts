import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../../..");

/** Files that are loaded together with `entry`: what its import declarations reach, lazy imports and types left out. */
function loadedWith(entry: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const waiting = [join(ROOT, entry)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const [, clause, specifier] of readFileSync(file, "utf8").matchAll(/^(?:import|export)\s+([^"';]*?\sfrom\s+)?"([^"]+)"/gm)) {
      if (clause?.startsWith("type ") === true || !specifier!.startsWith(".")) continue;
      waiting.push(resolve(dirname(file), specifier!));
    }
  }
  return new Set([...seen].map((file) => relative(ROOT, file)));
}

describe("a board that is not virtual", () => {
  it("loads neither the simulation nor the world's socket", () => {
    const loaded = [...loadedWith("scripts/car/index.ts")];
    expect(loaded).toContain("scripts/board/running-car.ts");
    expect(loaded.filter((file) => /^(sim\/|scripts\/world\/|scripts\/board\/virtual\/|scripts\/start\/)/.test(file))).toEqual([]);
  });

  it("would be caught: the virtual board loads both", () => {
    const loaded = loadedWith("scripts/car/virtual.ts");
    expect(loaded).toContain("scripts/world/server.ts");
    expect(loaded).toContain("sim/body/car-body.ts");
  });
});
