import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { Accounts } from "./accounts.ts";
import type { Disk } from "./disk.ts";
import type { ReleaseRecord } from "./records.ts";
import { Records } from "./records.ts";
import { Releases } from "./releases.ts";
import type { Surroundings } from "./secrets.ts";
import { Vehicles } from "./vehicles.ts";

/** The service without its web server. */
export interface Service {
  readonly accounts: Accounts;
  readonly vehicles: Vehicles;
  readonly releases: Releases;
  readonly makerToken: string;
  addRelease(file: Uint8Array, named?: { readonly model: string; readonly sequenceNumber: number }): Promise<ReleaseRecord>;
  status(): Readonly<Record<string, number>>;
}

/** `onFault`: the disk has failed; the service commits nothing any more and should end. */
export async function openService(disk: Disk, surroundings: Surroundings, makerToken: string, onFault: (fault: Error) => void): Promise<Service> {
  const records = await Records.open(disk, onFault);
  const accounts = new Accounts(records, surroundings);
  const vehicles = new Vehicles(records, surroundings, createNodeCrypto({ random: createSystemRandom() }));
  const releases = new Releases(records);
  return {
    accounts,
    vehicles,
    releases,
    makerToken,
    addRelease: async (file, named) => {
      const release = await releases.add(file, named);
      vehicles.announce(release);
      return release;
    },
    status: () => ({
      accounts: records.all("account").size,
      sessions: records.all("session").size,
      vehicles: records.all("vehicle").size,
      releases: records.all("release").size,
    }),
  };
}
