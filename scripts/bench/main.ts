import { benchBle } from "./ble.ts";
import { benchBoot, benchRecovery, benchSync } from "./boot.ts";
import { benchBundle } from "./bundle.ts";
import { benchCard } from "./card.ts";
import { benchDecide } from "./decide.ts";
import { keeps, type Figure, type Limit } from "./figure.ts";
import { benchKernel } from "./kernel.ts";
import { benchLive } from "./live.ts";
import { benchNetwork } from "./network.ts";
import { benchTesla } from "./tesla.ts";
import { benchUnlock } from "./unlock.ts";
import { benchWorld } from "./world.ts";

/** What a figure must not pass; shown beside it. The measured figures decide nothing: only a ratio within one run is judged. */
const LIMITS: Readonly<Record<string, Limit>> = {
  "unlock.cold.cpu": { of: "ratio", max: 1.3 },
  "unlock.fast.cpu": { of: "ratio", max: 0.15 },
  "unlock.cold.bytes": { of: "value", max: 245 },
  "unlock.cold.roundtrips": { of: "value", max: 2 },
  "unlock.fast.roundtrips": { of: "value", max: 1 },
  "card.tap.cpu": { of: "ratio", max: 1.5 },
  "card.tap.own.cpu": { of: "ratio", max: 1.5 },
  "tesla.cold.cpu": { of: "ratio", max: 1.5 },
  "access.decide": { of: "ratio", max: 1.2 },
  "boot.unlockable": { of: "ratio", max: 3 },
  "network.up.differences": { of: "value", max: 0 },
  "network.flooding.differences": { of: "value", max: 0 },
  "network.hanging.differences": { of: "value", max: 0 },
  "network.dead.differences": { of: "value", max: 0 },
  "live.flood.unlock.p99": { of: "low", max: 1.1 },
  "live.hang.unlock.p99": { of: "low", max: 1.1 },
  "live.gone.unlock.p99": { of: "low", max: 1.1 },
  "unlock.ble.warm": { of: "ratio", max: 1.3 },
  "unlock.ble.cold": { of: "ratio", max: 1.5 },
};

const GROUPS: Readonly<Record<string, () => readonly Figure[] | Promise<readonly Figure[]>>> = {
  unlock: benchUnlock,
  card: benchCard,
  tesla: benchTesla,
  decide: benchDecide,
  recovery: benchRecovery,
  boot: benchBoot,
  sync: benchSync,
  world: benchWorld,
  network: benchNetwork,
  bundle: benchBundle,
  ble: benchBle,
  kernel: benchKernel,
  live: benchLive,
};

/** Take minutes, and the kernel's a machine with apt: measured where they are asked for. */
const ONLY_WHEN_NAMED: readonly string[] = ["kernel", "live"];

const args = process.argv.slice(2);
const wanted = args.filter((arg) => arg !== "--json");
const unknown = wanted.find((name) => !Object.hasOwn(GROUPS, name));
if (unknown !== undefined) {
  process.stderr.write(`bench: there is no group "${unknown}"; there are ${Object.keys(GROUPS).join(", ")}, and --json\n`);
  process.exit(2);
}

const figures: Figure[] = [];
for (const [name, run] of Object.entries(GROUPS)) {
  if (wanted.length > 0 ? !wanted.includes(name) : ONLY_WHEN_NAMED.includes(name)) continue;
  process.stderr.write(`measuring ${name} ...\n`);
  figures.push(...(await run()));
}
process.stdout.write(args.includes("--json") ? `${JSON.stringify(figures)}\n` : tableOf(figures));

function tableOf(rows: readonly Figure[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows
    .map((row) => {
      const { name, value, unit, baseline, ratio, n, interval } = row;
      const between = interval === undefined ? "" : ` [${interval[0]} to ${interval[1]}]`;
      const against = ratio === null ? "" : `  ${ratio}${between} x ${baseline}`;
      return `${name.padEnd(width)}  ${String(value).padStart(9)} ${unit}${against}  (n ${n})${judgement(row)}`;
    })
    .join("\n")
    .concat("\n");
}

function judgement(row: Figure): string {
  const limit = LIMITS[row.name];
  if (limit === undefined) return "";
  return keeps(row, limit) ? `  ok, at most ${limit.max}` : `  OVER ${limit.max}`;
}
