import type { Expectation, Incident, Outcome, Step } from "./format.ts";

/** Something in an incident that contradicts something else in it. `path` is a JSON pointer. */
export interface IncidentFault {
  readonly path: string;
  readonly message: string;
}

/** How each kind of attempt can end. */
const ENDINGS: { readonly [A in Expectation["action"]]: readonly Outcome[] } = {
  enter: ["in", "out"],
  drive: ["drives", "stands"],
  lock: ["locked", "unlocked"],
  leave: ["leaves", "trapped"],
  locks: ["locked", "unlocked"],
  warning: ["warned", "silent"],
  tracking: ["tracked", "unlinkable"],
};

/** What contradicts itself in an incident of the right shape: names nobody has, times after the end, endings that cannot be. */
export function incidentFaults(incident: Incident): readonly IncidentFault[] {
  const people = new Set(incident.cast.map(({ who }) => who));
  const cars = new Set(incident.cast.map(({ car }) => car));
  const faults: IncidentFault[] = [];
  const fault = (path: string, message: string): void => void faults.push({ path, message });
  if (people.size < incident.cast.length) fault("/cast", "two people have the same name");
  incident.steps.forEach(({ atMs, step }, index) => {
    const path = `/steps/${index}`;
    if (atMs > incident.durationMs) fault(`${path}/atMs`, "is after the end of the incident");
    for (const stranger of strangersIn(step, people, cars)) fault(`${path}/step`, `names ${stranger}, who is not in the cast`);
  });
  incident.expectations.forEach(({ atMs, who, action, expect, reported }, index) => {
    const path = `/expectations/${index}`;
    if (atMs > incident.durationMs) fault(`${path}/atMs`, "is after the end of the incident");
    const known = action === "locks" || action === "warning" || action === "tracking" ? cars : people;
    if (!known.has(who)) fault(`${path}/who`, `${who} is no ${known === cars ? "car" : "person"} of the cast`);
    const endings = ENDINGS[action];
    if (!endings.includes(expect)) fault(`${path}/expect`, `${action} ends with ${endings.join(" or ")}`);
    if (reported !== undefined && !endings.includes(reported)) fault(`${path}/reported`, `${action} ends with ${endings.join(" or ")}`);
  });
  return faults;
}

function strangersIn(step: Step, people: ReadonlySet<string>, cars: ReadonlySet<string>): readonly string[] {
  if (step.do === "coverage") return people.has(step.of) || cars.has(step.of) ? [] : [step.of];
  if ("car" in step) return cars.has(step.car) ? [] : [step.car];
  const named = [("who" in step && step.who) || [], ("whom" in step && step.whom) || [], ("to" in step && step.do === "lend" && step.to) || [], ("from" in step && step.from) || []].flat();
  return named.filter((who) => !people.has(who));
}
