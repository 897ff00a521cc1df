import type { RelayProtocol } from "./protocol.ts";

/** KMTronic USB boards: FF, channel, 0 or 1; the query FF 09 00 is answered by one byte a relay. */
export function kmtronic(channelCount: number): RelayProtocol {
  return {
    kind: "kmtronic",
    baudRate: 9600,
    channelCountMax: 8,
    gapMs: 60,
    answerTimeoutMs: 200,
    confirms: "ifAnswered",
    query: Uint8Array.of(0xff, 9, 0),
    command: (channel, on) => Uint8Array.of(0xff, channel, on ? 1 : 0),
    read: (bytes) => {
      const start = bytes.findIndex((byte) => byte <= 1);
      if (start < 0) return { used: bytes.length, states: [] };
      const answer = bytes.subarray(start, start + channelCount);
      const noise = answer.findIndex((byte) => byte > 1);
      if (noise >= 0) return { used: start + noise, states: [] };
      if (answer.length < channelCount) return { used: start, states: [] };
      return { used: start + channelCount, states: [...answer].map((byte, index) => ({ channel: index + 1, on: byte === 1 })) };
    },
  };
}
