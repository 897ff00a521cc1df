import { createPortableCrypto } from "../../hal/crypto-portable/index.ts";
import { AttackBroke, DEFAULT_SEED, findAttack, listAttacks, listNotPlayed, playAttack, type Attack, type AttackReport } from "../../sim/attack/index.ts";
import { CommandFailure, EXIT, UsageError, type ExitCode } from "../cli/command.ts";
import { shown, type Output } from "../cli/output.ts";
import { painted } from "../incident/play.ts";
import { reportLines, summaryLine } from "./report.ts";

/** The portable crypto makes a run the same on every machine. */
function play(attack: Attack, seed: string | undefined): AttackReport {
  return playAttack(attack, { createCrypto: (random) => createPortableCrypto({ random }), ...(seed === undefined ? {} : { seed }) });
}

/** Whether a run counts as good, for its exit code: everything held, and where there is a contrast, it shows one. */
export function isGood({ verdict, contrastHolds }: AttackReport): boolean {
  return verdict === "held" && contrastHolds !== false;
}

/** Plays the attack called `id`, prints its report, and exits 0 where everything held. */
export function runOne(id: string, output: Output, seed: string | undefined): ExitCode {
  const report = broken(() => play(attackCalled(id), seed));
  print(report, output);
  return isGood(report) ? EXIT.ok : EXIT.refused;
}

/** Plays every attack; a line for each as it ends, and the whole report of each that did not hold. */
export function runAll(output: Output, seed: string | undefined): ExitCode {
  const reports = listAttacks().map((attack) => {
    const report = broken(() => play(attack, seed));
    if (!output.json && isGood(report)) output.answer(undefined, painted(shown(summaryLine(report)), output));
    else if (!output.json) print(report, output);
    return report;
  });
  const good = reports.filter(isGood).length;
  const data = { ok: good === reports.length, seed: seed ?? DEFAULT_SEED, held: good, played: reports.length, notPlayed: listNotPlayed().length, attacks: reports };
  output.answer(data, painted(`verdict ${data.ok ? "HELD" : "BROKEN"}: ${good} of ${reports.length} attacks held; ${data.notPlayed} are not played (latchkey attack list)`, output));
  return data.ok ? EXIT.ok : EXIT.refused;
}

function attackCalled(id: string): Attack {
  const attack = findAttack(id);
  if (attack !== undefined) return attack;
  const left = listNotPlayed().find((it) => it.id === id.toUpperCase());
  if (left !== undefined) throw new CommandFailure(`${left.id} is not played: ${left.why}`, "latchkey attack list tells which are.");
  throw new UsageError(shown(`there is no attack "${id}"; latchkey attack list names them`));
}

function broken(run: () => AttackReport): AttackReport {
  try {
    return run();
  } catch (fault) {
    if (fault instanceof AttackBroke) throw new CommandFailure(shown(fault.message), "There is no verdict; the play breaks off again at the same place.");
    throw fault;
  }
}

function print(report: AttackReport, output: Output): void {
  output.answer(report, reportLines(report).map((line) => painted(shown(line), output)).join("\n"));
}
