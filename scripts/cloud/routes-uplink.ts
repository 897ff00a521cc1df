import type { Route } from "./api.ts";
import { LIMITS } from "./limits.ts";
import { Refusal } from "./refusal.ts";
import { SCHEMAS } from "./schemas.ts";
import type { Service } from "./service.ts";

interface Named {
  readonly model: string;
  readonly sequenceNumber: number;
}

/** What a car's uplink asks. */
export function uplinkRoutes({ vehicles, releases }: Service): readonly Route[] {
  return [
    { method: "GET", url: "/v1/uplink/inbox", asker: "uplink", summary: "What waits for the car", query: SCHEMAS.poll, success: 200, answer: async ({ who, query }) => ({ status: 200, body: await vehicles.inbox(who, query.after, query.waitMs) }) },
    { method: "POST", url: "/v1/uplink/outbox", asker: "uplink", summary: "Opaque frames from the car", body: SCHEMAS.outbox, success: 202, answer: async ({ who, body }) => {
      vehicles.courier.outbox(who, (body as { items: { kind: "frame" | "closed"; link: string; bytes?: string }[] }).items);
      return { status: 202, body: {} };
    } },
    { method: "POST", url: "/v1/uplink/reports", asker: "uplink", summary: "What the car tells its owner", body: SCHEMAS.report, success: 202, answer: async ({ who, body }) => {
      const { report, model } = body as { report: object; model?: string };
      if (Buffer.byteLength(JSON.stringify(report)) > LIMITS.reportBytes) throw new Refusal(413, "tooLarge", `a report has at most ${LIMITS.reportBytes} bytes`, "Report fewer signals.");
      await vehicles.takeReport(who, report, model);
      return { status: 202, body: {} };
    } },
    { method: "GET", url: "/v1/uplink/releases/:model/:sequenceNumber", asker: "uplink", summary: "An update file, or a range of its bytes", params: SCHEMAS.release, success: 200, answer: async ({ params, range }) => {
      const { model, sequenceNumber } = params as Named;
      return partOf(await releases.file(model, sequenceNumber), range);
    } },
  ];
}

/** What the maker asks. */
export function makerRoutes({ accounts, releases, addRelease }: Service): readonly Route[] {
  return [
    { method: "PUT", url: "/v1/releases/:model/:sequenceNumber", asker: "maker", summary: "Hand out an update file", params: SCHEMAS.release, takesFile: true, success: 201, answer: async ({ params, body }) => {
      const file: unknown = body;
      if (!(file instanceof Uint8Array)) throw new Refusal(415, "noFile", "an update file is sent as application/octet-stream", "Set the content type.");
      return { status: 201, body: await addRelease(file, params as Named) };
    } },
    { method: "GET", url: "/v1/releases", asker: "maker", summary: "The releases that are handed out", success: 200, answer: async () => ({ status: 200, body: { releases: releases.list() } }) },
    { method: "DELETE", url: "/v1/releases/:model/:sequenceNumber", asker: "maker", summary: "Hand out no longer", params: SCHEMAS.release, success: 204, answer: async ({ params }) => {
      const { model, sequenceNumber } = params as Named;
      await releases.remove(model, sequenceNumber);
      return { status: 204 };
    } },
    { method: "PUT", url: "/v1/roll-out", asker: "maker", summary: "Demand a second factor of everybody, at once", body: SCHEMAS.rollOut, success: 200, answer: async ({ body }) => ({ status: 200, body: await accounts.rollOut((body as { twoFactor: boolean }).twoFactor) }) },
  ];
}

/** One range of bytes (RFC 9110 section 14.1.2), or the whole where none is asked for. */
function partOf(file: Uint8Array, range: string | undefined): { status: number; body: Buffer; headers: Record<string, string> } {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const headers = { "content-type": "application/octet-stream", "accept-ranges": "bytes" };
  if (range === undefined) return { status: 200, body: bytes, headers };
  const match = /^bytes=([0-9]{1,10})-([0-9]{0,10})$/.exec(range);
  const first = Number(match?.[1]);
  const last = match?.[2] ? Math.min(Number(match[2]), bytes.length - 1) : bytes.length - 1;
  if (match === null || first > last) throw new Refusal(416, "badRange", `the file has ${bytes.length} bytes`, "Ask for bytes=FIRST-LAST within it.");
  return { status: 206, body: bytes.subarray(first, last + 1), headers: { ...headers, "content-range": `bytes ${first}-${last}/${bytes.length}` } };
}
