import type { Incident } from "./format.ts";
import { AWS_EAST_2025 } from "./stories/aws-east-2025.ts";
import { BLE_HANG_2026 } from "./stories/ble-hang-2026.ts";
import { DESYNC } from "./stories/desync.ts";
import { FISKER_2024 } from "./stories/fisker-2024.ts";
import { GARAGE_V_C } from "./stories/garage-v-c.ts";
import { GIG_2020 } from "./stories/gig-2020.ts";
import { GUEST_MODE_2024 } from "./stories/guest-mode-2024.ts";
import { HERFURT_130S_2022 } from "./stories/herfurt-130s-2022.ts";
import { HONDA_CLOCK_2022 } from "./stories/honda-clock-2022.ts";
import { INSTEON_2022 } from "./stories/insteon-2022.ts";
import { IOACTIVE_NFC_2022 } from "./stories/ioactive-nfc-2022.ts";
import { KEY_LIST_2025 } from "./stories/key-list-2025.ts";
import { LOCKSTATE_2017 } from "./stories/lockstate-2017.ts";
import { MYSK_2024 } from "./stories/mysk-2024.ts";
import { NCC_RELAY_2022 } from "./stories/ncc-relay-2022.ts";
import { NEST_2018 } from "./stories/nest-2018.ts";
import { NEST_PREVIEW } from "./stories/nest-preview.ts";
import { PERMANENT_CODE_2026 } from "./stories/permanent-code-2026.ts";
import { POLESTAR_TCAM } from "./stories/polestar-tcam.ts";
import { PORSCHE_VTS_2025 } from "./stories/porsche-vts-2025.ts";
import { REVOKE_LAG } from "./stories/revoke-lag.ts";
import { ROLLING_PWN_2022 } from "./stories/rolling-pwn-2022.ts";
import { TESLA_500_2021 } from "./stories/tesla-500-2021.ts";
import { TESLA_API_2020 } from "./stories/tesla-api-2020.ts";
import { TESLA_FLEET_2023 } from "./stories/tesla-fleet-2023.ts";
import { TESLA_LOGOUT_2019 } from "./stories/tesla-logout-2019.ts";
import { TWELVE_VOLT_2024 } from "./stories/twelve-volt-2024.ts";
import { YALE_2024 } from "./stories/yale-2024.ts";
import { ZIPCAR_2024 } from "./stories/zipcar-2024.ts";

/** In the order of their causes: the cloud is gone; no signal; the maker; power and clocks; somebody attacks. */
const INCIDENTS: readonly Incident[] = [
  TESLA_API_2020,
  TESLA_LOGOUT_2019,
  TESLA_500_2021,
  AWS_EAST_2025,
  NEST_2018,
  ZIPCAR_2024,
  GIG_2020,
  PORSCHE_VTS_2025,
  GARAGE_V_C,
  TESLA_FLEET_2023,
  LOCKSTATE_2017,
  NEST_PREVIEW,
  INSTEON_2022,
  FISKER_2024,
  YALE_2024,
  TWELVE_VOLT_2024,
  HONDA_CLOCK_2022,
  BLE_HANG_2026,
  POLESTAR_TCAM,
  DESYNC,
  NCC_RELAY_2022,
  IOACTIVE_NFC_2022,
  HERFURT_130S_2022,
  MYSK_2024,
  ROLLING_PWN_2022,
  KEY_LIST_2025,
  PERMANENT_CODE_2026,
  REVOKE_LAG,
  GUEST_MODE_2024,
];

/** Every incident that comes with the package. */
export function listIncidents(): readonly Incident[] {
  return INCIDENTS;
}

/** The incident called `id`, if there is one. */
export function findIncident(id: string): Incident | undefined {
  return INCIDENTS.find((incident) => incident.id === id);
}
