import { textOf } from "../key/options.ts";
import { UsageError, type OptionValues } from "./command.ts";

/** A seed stands in the command that repeats a run, and so is one plain word. */
export function seedOf(values: OptionValues): string | undefined {
  const seed = textOf(values, "seed");
  if (seed !== undefined && !/^[A-Za-z0-9._-]{1,64}$/.test(seed)) throw new UsageError("a seed is 1 to 64 letters, digits, dots, dashes and underscores");
  return seed;
}
