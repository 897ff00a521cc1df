import { writeFileSync } from "node:fs";
import { packagePath } from "../cli/package-file.ts";
import { buildApi } from "./api.ts";
import { openMemoryDisk } from "./disk.ts";
import { REAL_SURROUNDINGS } from "./secrets.ts";
import { openService } from "./service.ts";

/** Writes docs/openapi.json: what the service says of itself. */
const api = await buildApi(await openService(openMemoryDisk(), REAL_SURROUNDINGS, "", () => undefined), {});
writeFileSync(packagePath("docs", "openapi.json"), `${JSON.stringify(api.swagger(), null, 2)}\n`);
await api.close();
