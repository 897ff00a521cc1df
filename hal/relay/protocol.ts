/** What a relay board says about one of its channels. */
export interface ChannelState {
  /** From 1. */
  readonly channel: number;
  readonly on: boolean;
}

/** How one family of relay boards is spoken to. */
export interface RelayProtocol {
  readonly kind: string;
  readonly baudRate: number;
  readonly channelCountMax: number;
  /** Between two frames; the board takes one at a time. */
  readonly gapMs: number;
  /** How long an answer may take. */
  readonly answerTimeoutMs: number;
  /** `always`: each command is answered. `ifAnswered`: there is a query, and boards that do not answer it. */
  readonly confirms: "always" | "ifAnswered";
  /** The frame that asks for the states; only where commands are not answered by themselves. */
  readonly query: Uint8Array | undefined;
  command(channel: number, on: boolean): Uint8Array;
  /** What the bytes received so far say, and how many of them are done with. Noise is skipped. */
  read(bytes: Uint8Array): { readonly used: number; readonly states: readonly ChannelState[] };
}
