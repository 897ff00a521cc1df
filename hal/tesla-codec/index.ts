import protobuf from "protobufjs/light.js";
import type { TeslaCodec, TeslaMessageName, TeslaMessages } from "../../firmware/tesla/index.ts";
import { SCHEMA } from "./schema.ts";

/**
 * Protobuf for the Tesla dialect. Unknown fields are skipped, scalars that are absent stay absent, and a member of a oneof is there as
 * soon as it was on the wire, with a value of zero too.
 */
export function createTeslaCodec(): TeslaCodec {
  // Made with the first message: a car that starts has more urgent things to do.
  let root: protobuf.Root | undefined;
  const types = new Map<string, protobuf.Type>();
  const typeOf = (name: TeslaMessageName): protobuf.Type => {
    let type = types.get(name);
    if (type === undefined) {
      root ??= protobuf.Root.fromJSON(SCHEMA);
      types.set(name, (type = root.lookupType(`tesla.${name}`)));
    }
    return type;
  };
  return {
    decode<N extends TeslaMessageName>(name: N, bytes: Uint8Array): TeslaMessages[N] | undefined {
      const type = typeOf(name);
      try {
        return type.toObject(type.decode(plain(bytes)), { longs: Number }) as TeslaMessages[N];
      } catch {
        // The library's one way of saying that the bytes are no such message.
        return undefined;
      }
    },
    encode<N extends TeslaMessageName>(name: N, message: TeslaMessages[N]): Uint8Array {
      return plain(typeOf(name).encode(message).finish());
    },
  };
}

/** Without Buffer's own `slice`, which shares memory where callers expect a copy. */
function plain(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
