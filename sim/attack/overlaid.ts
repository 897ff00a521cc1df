/** `target` with some of its methods replaced; the others work on the real one. */
export function overlaid<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get: (it, name) => {
      const replaced = (methods as Record<PropertyKey, unknown>)[name];
      const value: unknown = replaced ?? Reflect.get(it, name, it);
      return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(it) : value;
    },
  });
}
