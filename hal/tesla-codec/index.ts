import protobuf from "protobufjs/light.js";
import { shortLived } from "../../firmware/base/index.ts";
import type { TeslaCodec, TeslaMessageName, TeslaMessages } from "../../firmware/tesla/index.ts";
import { decodeIntoPlainObjects } from "./plain-objects.ts";
import { SCHEMA } from "./schema.ts";

/**
 * Protobuf for the Tesla dialect. Unknown fields are skipped, scalars that are absent stay absent, and a member of a oneof is there as
 * soon as it was on the wire, with a value of zero too. What `decode` gives shares the memory of the bytes that were handed over.
 */
export function createTeslaCodec(): TeslaCodec {
  // Made with the first message: a car that starts has more urgent things to do.
  let root: protobuf.Root | undefined;
  const types = new Map<string, protobuf.Type>();
  // Reused for its buffer; not after a message that it could not write.
  let spare: protobuf.Writer | undefined;
  const typeOf = (name: TeslaMessageName): protobuf.Type => {
    let type = types.get(name);
    if (type === undefined) {
      root ??= protobuf.Root.fromJSON(SCHEMA);
      type = root.lookupType(`tesla.${name}`);
      decodeIntoPlainObjects(type);
      types.set(name, type);
    }
    return type;
  };
  return {
    decode<N extends TeslaMessageName>(name: N, bytes: Uint8Array): TeslaMessages[N] | undefined {
      const type = typeOf(name);
      try {
        return type.decode(plain(bytes)) as TeslaMessages[N];
      } catch {
        // The library's one way of saying that the bytes are no such message.
        return undefined;
      }
    },
    encode<N extends TeslaMessageName>(name: N, message: TeslaMessages[N]): Uint8Array {
      // Not the library's writer for Node, whose Buffers are dear and would have to be made plain arrays.
      const writer = spare ?? new protobuf.Writer();
      spare = undefined;
      typeOf(name).encode(message, writer);
      const bytes = writer.finishInto(shortLived(writer.pos));
      spare = writer.reset();
      return bytes;
    },
  };
}

/** Without Buffer's own `slice`, which shares memory where callers expect a copy. */
function plain(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
