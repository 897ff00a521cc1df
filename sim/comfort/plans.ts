import type { ChargePlan, ClimatePlan, Plan } from "../../firmware/comfort/index.ts";
import { isWithin, type Appointment } from "./agenda.ts";

const MINUTES_PER_DAY = 24 * 60;

/** `plan` in its place: that of the plan with its id, or the last. */
export function planned<Kind extends Plan>(plans: readonly Kind[], plan: Kind): readonly Kind[] {
  return plans.some(({ id }) => id === plan.id) ? plans.map((other) => (other.id === plan.id ? plan : other)) : [...plans, plan];
}

/** What is left when the plan with that id has been done: what was to be done once is enabled no more. */
export function done<Kind extends Plan>(plans: readonly Kind[], id: number): readonly Kind[] {
  return plans.map((plan) => (plan.id === id && plan.once ? { ...plan, enabled: false } : plan));
}

/** What a charge plan has the car do, and when. Its last appointment is the one that has done it. */
export function chargeAppointments(plans: readonly ChargePlan[], start: () => void, stop: () => void, ended: (id: number) => void): readonly Appointment[] {
  return plans.filter(({ enabled }) => enabled).flatMap((plan) => {
    const { id, days, startMinute, endMinute } = plan;
    const begin = startMinute === undefined ? [] : [{ days, minute: startMinute, run: endMinute === undefined ? both(start, () => ended(id)) : start }];
    const end = endMinute === undefined ? [] : [{ days, minute: startMinute === undefined ? endMinute : startMinute + durationOf(startMinute, endMinute), run: both(stop, () => ended(id)) }];
    return [...begin, ...end];
  });
}

/** @param leadMinutes how much earlier the cabin is begun with. */
export function climateAppointments(plans: readonly ClimatePlan[], leadMinutes: number, makeReady: () => void, ended: (id: number) => void): readonly Appointment[] {
  return plans.filter(({ enabled }) => enabled).map(({ id, days, readyMinute }) => ({ days, minute: readyMinute - leadMinutes, run: both(makeReady, () => ended(id)) }));
}

/** Whether a car that is plugged in now charges at once: where nothing is planned, within planned hours, and where only their end is. */
export function chargesAt(plans: readonly ChargePlan[], unixS: number): boolean {
  const begun = plans.filter(({ enabled }) => enabled);
  if (begun.length === 0) return true;
  return begun.some(({ days, startMinute, endMinute }) => startMinute === undefined || (endMinute !== undefined && isWithin(unixS, days, startMinute, durationOf(startMinute, endMinute))));
}

/** From a start to the end after it. */
function durationOf(startMinute: number, endMinute: number): number {
  return endMinute > startMinute ? endMinute - startMinute : endMinute - startMinute + MINUTES_PER_DAY;
}

function both(first: () => void, second: () => void): () => void {
  return () => {
    first();
    second();
  };
}
