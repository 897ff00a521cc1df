import type { CryptoPort } from "../../firmware/ports/index.ts";

/** The crypto port with every call written down, so that the same calls can be made again without anything around them. */
export class RecordingCrypto {
  readonly port: CryptoPort;
  recording = false;
  private calls: (() => unknown)[] = [];

  constructor(port: CryptoPort) {
    this.port = new Proxy(port, {
      get: (target, name) => {
        const method = target[name as keyof CryptoPort] as (...args: readonly unknown[]) => unknown;
        return (...args: readonly unknown[]): unknown => {
          if (this.recording) this.calls.push(() => method.apply(target, [...args]));
          return method.apply(target, [...args]);
        };
      },
    });
  }

  /** The calls since the last time, to be made again. */
  take(): readonly (() => unknown)[] {
    const calls = this.calls;
    this.calls = [];
    return calls;
  }
}
