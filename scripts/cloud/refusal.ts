/** What the service answers instead of doing what was asked; it becomes the JSON error of the contract. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly wayOut: string,
    readonly retryAfterS?: number,
  ) {
    super(message);
  }

  get body(): Readonly<Record<string, unknown>> {
    return { error: this.code, message: this.message, wayOut: this.wayOut, ...(this.retryAfterS === undefined ? {} : { retryAfterS: this.retryAfterS }) };
  }
}

/** One flat answer for a vehicle, link or session that is not there, or is somebody else's. */
export function notFound(what: string): Refusal {
  return new Refusal(404, `no${what[0]!.toUpperCase()}${what.slice(1)}`, `there is no such ${what}`, `List what is yours, or make a new ${what}.`);
}
