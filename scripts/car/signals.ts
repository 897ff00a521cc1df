import { EXIT } from "../cli/command.ts";

/** SIGINT, SIGTERM and SIGHUP ask for a clean stop; a second one ends the process at once. */
export function stopSignal(): { readonly stopped: Promise<Error | undefined>; fail(error: Error): void; release(): void } {
  let settle: (failure: Error | undefined) => void = () => undefined;
  const stopped = new Promise<Error | undefined>((resolve) => (settle = resolve));
  let asked = false;
  const onSignal = (): void => {
    if (asked) process.exit(EXIT.refused);
    asked = true;
    settle(undefined);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    stopped,
    fail: (error) => settle(error),
    release: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
