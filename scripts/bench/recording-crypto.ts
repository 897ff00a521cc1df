import type { CryptoPort } from "../../firmware/ports/index.ts";

type Method = (...args: readonly unknown[]) => unknown;

/**
 * A crypto port whose calls can be written down, so that the same calls can be made again without anything around them. While it does not
 * record, its methods are those of the port it stands for: what is timed then pays for no recorder.
 */
export class RecordingCrypto {
  readonly port: CryptoPort;
  private readonly plain: CryptoPort;
  private readonly writing: CryptoPort;
  private calls: (() => unknown)[] = [];

  constructor(port: CryptoPort) {
    this.plain = port;
    const methods = Object.entries(port).map(([name, method]) => [name, this.written(method as Method)] as const);
    this.writing = Object.fromEntries(methods) as unknown as CryptoPort;
    this.port = { ...port };
  }

  set recording(on: boolean) {
    Object.assign(this.port, on ? this.writing : this.plain);
  }

  private written(method: Method): Method {
    return (...args) => {
      this.calls.push(() => method(...args));
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
