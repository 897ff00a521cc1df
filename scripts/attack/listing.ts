import type { Attack, NotPlayed } from "../../sim/attack/index.ts";
import type { Output } from "../cli/output.ts";
import { labelled } from "../incident/museum.ts";

/** What the letters of the ids stand for. */
const KINDS: Readonly<Record<string, string>> = {
  A: "Relay and ranging",
  B: "Enrolment and authorisation mix-ups",
  C: "Replay, rollback, counters",
  D: "Handshake and cryptography",
  E: "The link",
  F: "Delegation, revocation, off line",
  G: "Fallbacks, firmware, physical",
};

/** Every attack by kind, those that are not played among them. No line is wider than 80. */
export function listing(attacks: readonly Attack[], notPlayed: readonly NotPlayed[], output: Pick<Output, "paint">): string {
  const plain = (line: string): string => line;
  const bold = (line: string): string => output.paint("bold", line);
  const dim = (line: string): string => output.paint("dim", line);
  return Object.entries(KINDS)
    .flatMap(([letter, kind]) => {
      const entries = [
        ...attacks.map(({ id, year, title, source }) => ({ id, year, title, more: source })),
        ...notPlayed.map(({ id, title, why }) => ({ id, year: undefined, title, more: `not played: ${why}` })),
      ].filter(({ id }) => id.startsWith(letter));
      entries.sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
      return [bold(kind), ...entries.flatMap(({ id, year, title, more }) => [...labelled(`${id.padEnd(5)}${year ?? ""}`, title, plain), ...labelled("", more, dim)]), ""];
    })
    .concat(`${attacks.length} are played: latchkey attack run ID, or all`)
    .join("\n");
}
