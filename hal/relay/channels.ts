/** Relays, however they are reached. Channels count from 1. */
export interface RelayChannels {
  /** Lets the interlocked channel go, energises this one for `durationMs`, and lets it go. A pulse under way is replaced. */
  pulse(channel: number, durationMs: number): void;
  /** Energises a channel, or lets it go, until told otherwise. */
  hold(channel: number, on: boolean): void;
  /** Lets every channel go and ends. */
  close(): Promise<void>;
}

/** What becomes of commands. */
export interface RelayListener {
  /** The channel could not be switched as wanted, in the end; a wanted `off` is tried on. */
  failed(channel: number, on: boolean, why: string): void;
  /** A line for whoever runs the car: lost, back, whether commands are confirmed. */
  noticed(what: string): void;
}
