import { parsePackage } from "../update/package.ts";
import { LIMITS } from "./limits.ts";
import type { Records, ReleaseRecord } from "./records.ts";
import { notFound, Refusal } from "./refusal.ts";

const idOf = (model: string, sequenceNumber: number): string => `${sequenceNumber}/${model}`;

/** Update files that the maker hands out. Whether one is good is for the car to judge, by its release key. */
export class Releases {
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  list(): readonly ReleaseRecord[] {
    return [...this.#records.all("release").values()];
  }

  /** Takes an update file; where `named` is given it must be what the file says of itself. */
  async add(file: Uint8Array, named?: { readonly model: string; readonly sequenceNumber: number }): Promise<ReleaseRecord> {
    const broken = new Refusal(400, "badRelease", "this is no update file, or not the one that the address names", "Send the file that latchkey update make has written, under its own model and number.");
    const parsed = parsePackage(file);
    if (parsed === undefined || parsed.bundle.length !== parsed.parsed.manifest.sizeBytes) throw broken;
    const { model, sequenceNumber, version } = parsed.parsed.manifest;
    if (named !== undefined && (named.model !== model || named.sequenceNumber !== sequenceNumber)) throw broken;
    const id = idOf(model, sequenceNumber);
    if (this.#records.get("release", id) === undefined && this.#records.all("release").size >= LIMITS.releaseCount) {
      throw new Refusal(409, "tooManyReleases", `at most ${LIMITS.releaseCount} releases are kept`, "Delete an old one first.");
    }
    const release = { model, sequenceNumber, version, sizeBytes: file.length };
    await this.#records.commit([["release", id, release]], [{ key: `file/${id}`, value: file }]);
    return release;
  }

  async remove(model: string, sequenceNumber: number): Promise<void> {
    const id = idOf(model, sequenceNumber);
    if (this.#records.get("release", id) === undefined) throw notFound("release");
    await this.#records.commit([["release", id, undefined]], [{ key: `file/${id}`, value: undefined }]);
  }

  async file(model: string, sequenceNumber: number): Promise<Uint8Array> {
    const file = await this.#records.disk.get(`file/${idOf(model, sequenceNumber)}`);
    if (file === undefined) throw notFound("release");
    return file;
  }
}
