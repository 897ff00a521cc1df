import type { CryptoPort } from "../../firmware/ports/index.ts";

type Method = (...args: readonly unknown[]) => unknown;

/** The crypto port with every call written down, so that the same calls can be made again without anything around them. */
export class RecordingCrypto {
  readonly port: CryptoPort;
  recording = false;
  private calls: (() => unknown)[] = [];

  constructor(port: CryptoPort) {
    const methods = Object.entries(port).map(([name, method]) => [name, this.recorded(method as Method)] as const);
    this.port = Object.fromEntries(methods) as unknown as CryptoPort;
  }

  private recorded(method: Method): Method {
    return (...args) => {
      if (this.recording) this.calls.push(() => method(...args));
      return method(...args);
    };
  }

  /** The calls since the last time, to be made again. */
  take(): readonly (() => unknown)[] {
    const calls = this.calls;
    this.calls = [];
    return calls;
  }
}
