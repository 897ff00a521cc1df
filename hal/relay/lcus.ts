import type { ChannelState, RelayProtocol } from "./protocol.ts";

const LINE_END = 0x0a;

/**
 * LCUS-1 to LCUS-8 and their clones (USB chip CH340): A0, channel, 0 or 1, sum of the three modulo 256. Commands are not answered.
 * Boards of several channels answer the query FF by a line `CH1: ON` for each; silence says nothing, neither good nor bad.
 */
export const LCUS: RelayProtocol = {
  kind: "lcus",
  baudRate: 9600,
  channelCountMax: 8,
  gapMs: 60,
  answerTimeoutMs: 200,
  confirms: "ifAnswered",
  query: Uint8Array.of(0xff),
  command: (channel, on) => {
    const action = on ? 1 : 0;
    return Uint8Array.of(0xa0, channel, action, (0xa0 + channel + action) & 0xff);
  },
  read: (bytes) => {
    const states: ChannelState[] = [];
    const used = bytes.lastIndexOf(LINE_END) + 1;
    for (const line of Buffer.from(bytes.subarray(0, used)).toString("latin1").split("\n")) {
      const match = /CH\s?([1-8])\s*:\s*(ON|OFF)\s*$/.exec(line);
      if (match !== null) states.push({ channel: Number(match[1]), on: match[2] === "ON" });
    }
    return { used, states };
  },
};
