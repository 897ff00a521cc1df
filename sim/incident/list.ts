import type { Incident } from "./format.ts";
import { GIG_2020 } from "./stories/gig-2020.ts";
import { HONDA_CLOCK_2022 } from "./stories/honda-clock-2022.ts";
import { PORSCHE_VTS_2025 } from "./stories/porsche-vts-2025.ts";
import { TESLA_API_2020 } from "./stories/tesla-api-2020.ts";
import { TESLA_LOGOUT_2019 } from "./stories/tesla-logout-2019.ts";
import { TWELVE_VOLT_2024 } from "./stories/twelve-volt-2024.ts";

const INCIDENTS: readonly Incident[] = [TESLA_API_2020, TESLA_LOGOUT_2019, GIG_2020, PORSCHE_VTS_2025, HONDA_CLOCK_2022, TWELVE_VOLT_2024];

/** Every incident that comes with the package. */
export function listIncidents(): readonly Incident[] {
  return INCIDENTS;
}

/** The incident called `id`, if there is one. */
export function findIncident(id: string): Incident | undefined {
  return INCIDENTS.find((incident) => incident.id === id);
}
