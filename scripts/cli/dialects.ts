import { DIALECTS, type Dialect } from "../../hal/radio/index.ts";
import { UsageError, type OptionDescription, type OptionValues } from "./command.ts";

/** The option of every command that opens a radio of a car. */
export const DIALECTS_OPTION: Readonly<Record<string, OptionDescription>> = {
  dialects: { type: "string", value: "native|native,tesla", help: "the protocols on the air (default native); by the name that Tesla's clients look for anyone can track the car" },
};

/** The dialects asked for, native alone where none are. The native one is always among them: it is how the car's owners reach it. */
export function dialectsOf(values: OptionValues): readonly Dialect[] {
  const word = values["dialects"] ?? "native";
  const words = String(word).split(",");
  const unknown = words.find((name) => !DIALECTS.some((dialect) => dialect === name));
  if (unknown !== undefined) throw new UsageError(`--dialects ${String(word)}: ${unknown || "an empty name"} is not known; use native or native,tesla`);
  if (!words.includes("native")) throw new UsageError(`--dialects ${String(word)}: native is always spoken; use native,tesla`);
  return DIALECTS.filter((dialect) => words.includes(dialect));
}
