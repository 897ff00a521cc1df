import { EXPORTER_LABELS } from "../wire/index.ts";
import type { Exporter } from "./channel.ts";

/** What ties rounds of ranging to one session. */
export interface RangingKeys {
  /** 16 bytes, secret: seeds the rounds (Channel Sounding DRBG, UWB STS). Both ends derive it. */
  readonly key: Uint8Array;
  /** 16 bytes: by which the receiver's results name the session that they were measured for. */
  readonly binding: Uint8Array;
}

/** Both ends' ranging keys of a full handshake: one EDHOC_Exporter output (RFC 9528 section 4.2.1), cut in two. */
export function rangingKeys(exporter: Exporter): RangingKeys {
  const bytes = exporter(EXPORTER_LABELS.ranging, new Uint8Array(0), 32);
  return { key: bytes.slice(0, 16), binding: bytes.slice(16) };
}
