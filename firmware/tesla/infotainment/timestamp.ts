import type { Timestamp } from "../car-server-messages.ts";

/** The field `name` with Unix seconds; no field where the time is not known. */
export function timestampOf<Name extends string>(name: Name, unixS: number | undefined): Partial<Record<Name, Timestamp>> {
  return unixS === undefined ? {} : ({ [name]: { seconds: Math.floor(unixS) } } as Record<Name, Timestamp>);
}
