import { closeSync } from "node:fs";
import { onceParentIsGone } from "../../hal/liveness/index.ts";
import { EXIT } from "../cli/command.ts";

const STDIO = [0, 1, 2];

/** SIGINT, SIGTERM and SIGHUP ask for a clean stop; a second one ends the process at once. So does the end of the Latchkey process that started this one. */
export function stopSignal(): { readonly stopped: Promise<Error | undefined>; fail(error: Error): void; release(): void } {
  let settle: (failure: Error | undefined) => void = () => undefined;
  const stopped = new Promise<Error | undefined>((resolve) => (settle = resolve));
  let asked = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (signal === "SIGHUP") process.once("exit", letGoOfTerminal);
    if (asked) process.exit(EXIT.refused);
    asked = true;
    settle(undefined);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const forget = onceParentIsGone(() => settle(undefined));
  return {
    stopped,
    fail: (error) => settle(error),
    release: () => {
      forget();
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

/** Node puts the terminal back as it found it when it ends, and aborts where the terminal is gone; it leaves alone what is closed. */
function letGoOfTerminal(): void {
  for (const descriptor of STDIO) {
    try {
      closeSync(descriptor);
    } catch {
      // It was closed before.
    }
  }
}
