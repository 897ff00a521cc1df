import type { ComfortState } from "../../firmware/comfort/index.ts";
import { span, type Line, type Span } from "./line.ts";

/** The comfort systems as the picture needs them. */
export interface SystemsView {
  readonly charge: Pick<ComfortState["charge"], "charging" | "levelPercent" | "limitPercent" | "kilowatts" | "minutesToLimit">;
  readonly climate: Pick<ComfortState["climate"], "on" | "insideCelsius" | "driverCelsius">;
  readonly sentry: boolean;
  /** The lights have flashed, the horn has sounded, just now. */
  readonly flashing: boolean;
  readonly honking: boolean;
  readonly infotainment: "awake" | "asleep" | "booting";
}

/** In one line what of the comfort systems is not at rest; empty where everything is. The newest that passes comes first. */
export function systemsLine({ charge, climate, sentry, flashing, honking, infotainment }: SystemsView): Line {
  const parts: Span[] = [];
  if (flashing) parts.push(span("LIGHTS FLASH", "yellow"));
  if (honking) parts.push(span("HORN", "yellow"));
  if (charge.charging === "charging") parts.push(span(`charging ${Math.floor(charge.levelPercent)} to ${Math.round(charge.limitPercent)} % ${charge.kilowatts.toFixed(1)} kW ${durationOf(charge.minutesToLimit)}`, "green"));
  if (climate.on) parts.push(span(`cabin ${climate.insideCelsius.toFixed(1)} to ${climate.driverCelsius.toFixed(1)} C`, "cyan"));
  if (sentry) parts.push(span("sentry", "red"));
  if (infotainment !== "awake") parts.push(span(infotainment === "asleep" ? "screens off" : "screens boot", "dim"));
  return parts.flatMap((part, index) => (index === 0 ? [part] : [span("  "), part]));
}

function durationOf(minutes: number): string {
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`;
}
