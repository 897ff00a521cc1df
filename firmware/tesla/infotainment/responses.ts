import type { Ping } from "../car-server-messages.ts";
import type { TeslaCodec } from "../messages.ts";
import { timestampOf } from "./timestamp.ts";

/** `OperationStatus_E` of this domain, which is not that of the envelope. */
const RESULT_ERROR = 1;

/** Longest reason that a reply gives, in UTF-16 code units: one line. */
const REASON_LENGTH_MAX = 80;

/** The reply to an order. `refusal`: in a few words why it was not done; undefined: it was. The status is there even when it is empty, since clients look for it. */
export function actionResponse(codec: TeslaCodec, refusal: string | undefined): Uint8Array {
  const actionStatus = refusal === undefined ? {} : { result: RESULT_ERROR, resultReason: { plainText: refusal.slice(0, REASON_LENGTH_MAX) } };
  return codec.encode("Response", { actionStatus });
}

/** The same number back, the car's time, and the time that the asker gave. `nowS`: Unix seconds; undefined where the car does not know the time. */
export function pingResponse(codec: TeslaCodec, ping: Ping, nowS: number | undefined): Uint8Array {
  const { pingId = 0, localTimestamp } = ping;
  return codec.encode("Response", { actionStatus: {}, ping: { pingId, ...timestampOf("localTimestamp", nowS), ...(localTimestamp && { lastRemoteTimestamp: localTimestamp }) } });
}
