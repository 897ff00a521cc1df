import protobuf from "protobufjs/light.js";

// Times and ids, all of them below 2^53: plain numbers do.
(protobuf.util as { Long: unknown }).Long = undefined;
protobuf.configure();

/**
 * Has `type`, and the messages within it, decoded into objects that have what was on the wire and nothing else. The library's own messages
 * inherit a default for every field, which reads like a field that was sent; and copying them into plain objects costs as much as
 * decoding them.
 */
export function decodeIntoPlainObjects(type: protobuf.Type): void {
  const done = new Set<protobuf.Type>();
  const prepare = (next: protobuf.Type): void => {
    if (done.has(next)) return;
    done.add(next);
    const ctor = function (): void {};
    next.ctor = ctor as unknown as protobuf.Constructor<object>;
    // Only now: the library has just put its defaults on the prototype.
    ctor.prototype = oneofSetters(next.oneofsArray);
    for (const field of next.fieldsArray) {
      const { resolvedType } = field.resolve();
      if (resolvedType instanceof protobuf.Type) prepare(resolvedType);
    }
  };
  prepare(type);
}

/** The decoder names each member of a oneof that it meets to a property of the oneof's name; the last of them counts. */
function oneofSetters(oneofs: readonly protobuf.OneOf[]): object {
  const prototype = {};
  for (const { name, oneof } of oneofs) {
    Object.defineProperty(prototype, name, {
      set(this: object, met: string) {
        for (const present in this) if (present !== met && oneof.includes(present)) Reflect.deleteProperty(this, present);
      },
    });
  }
  return prototype;
}
