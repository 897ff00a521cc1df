import { describe, expect, it } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import { fragment, MESSAGE_KINDS, MESSAGE_TIMEOUT_MS, Reassembler, type MessageKind } from "../../../firmware/session/index.ts";
import { Draw } from "../wire/generators.ts";

const bounded = (bytes = 4096): Reassembler => new Reassembler(() => bytes);

/** Feeds `frames` and gives the last answer. */
function feed(reassembler: Reassembler, frames: readonly Uint8Array[], nowMs = 0): ReturnType<Reassembler["accept"]> {
  let last: ReturnType<Reassembler["accept"]> = { ok: true, value: undefined };
  for (const frame of frames) {
    last = reassembler.accept(frame, nowMs);
    if (!last.ok) return last;
  }
  return last;
}

describe("frames", () => {
  it("carry any message at any payload of 20 to 512 bytes", () => {
    const draw = new Draw("frames");
    const kinds = ["edhoc", "protected", "fast"] as const;
    for (let payload = 20; payload <= 512; payload++) {
      const body = draw.bytes(1, 4096);
      const kind = draw.pick<MessageKind>(kinds);
      const frames = fragment(kind, body, payload);
      expect(Math.max(...frames.map((frame) => frame.length))).toBeLessThanOrEqual(payload);
      const whole = feed(bounded(), frames);
      expect(whole.ok && whole.value?.kind).toBe(kind);
      expect(whole.ok && toHex(whole.value!.body)).toBe(toHex(body));
    }
  });

  it("of a message that fits one payload exactly are one, and two for one byte more", () => {
    expect(fragment("edhoc", new Uint8Array(19), 20)).toHaveLength(1);
    expect(fragment("edhoc", new Uint8Array(20), 20).map((frame) => frame.length)).toEqual([20, 2]);
  });

  it("have the header that is written down", () => {
    const headers = fragment("protected", new Uint8Array(19 * 66), 20).map(([header]) => header);
    expect(headers.slice(0, 3)).toEqual([0x82, 0x01, 0x02]);
    expect(headers.slice(63)).toEqual([0x3f, 0x00, 0x41]);
    expect(toHex(fragment("refused", new Uint8Array(0), 20)[0]!)).toBe("c4");
  });

  it("are never the same array as what came in", () => {
    const frame = fragment("edhoc", Uint8Array.of(1, 2, 3), 20)[0]!;
    const whole = bounded().accept(frame, 0);
    frame.fill(0);
    expect(whole.ok && [...whole.value!.body]).toEqual([1, 2, 3]);
  });

  it("lost anywhere in a message spoil it: no shorter message comes out", () => {
    const body = new Draw("lost").bytes(400);
    const frames = fragment("edhoc", body, 20);
    for (let lost = 0; lost < frames.length - 1; lost++) {
      const rest = frames.filter((_, i) => i !== lost);
      expect(feed(bounded(), rest).ok, `frame ${lost}`).toBe(false);
    }
    expect(feed(bounded(), frames.slice(0, -1))).toEqual({ ok: true, value: undefined });
  });

  it("repeated or swapped anywhere spoil the message", () => {
    const frames = fragment("edhoc", new Draw("order").bytes(400), 20);
    for (let i = 0; i < frames.length - 1; i++) {
      expect(feed(bounded(), [...frames.slice(0, i + 1), ...frames.slice(i)]).ok, `repeat ${i}`).toBe(false);
      const swapped = [...frames.slice(0, i), frames[i + 1]!, frames[i]!, ...frames.slice(i + 2)];
      expect(feed(bounded(), swapped).ok, `swap ${i}`).toBe(false);
    }
  });

  it("64 apart are not taken for one another while a message is within its bound", () => {
    const frames = fragment("edhoc", new Uint8Array(19 * 130), 20);
    expect(feed(bounded(), [...frames.slice(0, 10), ...frames.slice(75)]).ok).toBe(false);
  });
});

describe("a reassembler", () => {
  it.each([
    ["an empty frame", [], "frame-length"],
    ["a first frame without a piece", [0x81], "frame-length"],
    ["a whole message of nothing", [0xc1], "frame-length"],
    ["a refusal that says something", [0xc4, 1], "frame-length"],
    ["a refusal in pieces", [0x84], "frame-length"],
    ["kind 0", [0xc0, 1], "unknown-kind"],
    ["kind 6", [0xc6, 1], "unknown-kind"],
    ["kind 63", [0xff, 1], "unknown-kind"],
    ["a later frame without a first", [0x01, 1], "out-of-turn"],
  ])("refuses %s", (_what, frame, error) => {
    expect(bounded().accept(Uint8Array.from(frame), 0)).toEqual({ ok: false, error });
  });

  it("refuses a frame longer than an ATT payload can be", () => {
    const frame = new Uint8Array(513).fill(1);
    frame[0] = 0xc1;
    expect(bounded().accept(frame, 0)).toEqual({ ok: false, error: "frame-length" });
    expect(bounded().accept(frame.subarray(0, 512), 0).ok).toBe(true);
  });

  it("refuses a first frame inside a message, and one whose index is not the next", () => {
    expect(feed(bounded(), [Uint8Array.of(0x81, 1), Uint8Array.of(0x81, 1)])).toEqual({ ok: false, error: "out-of-turn" });
    expect(feed(bounded(), [Uint8Array.of(0x81, 1), Uint8Array.of(0x02, 1)])).toEqual({ ok: false, error: "out-of-step" });
    expect(feed(bounded(), [Uint8Array.of(0x81, 1), Uint8Array.of(0x41)])).toEqual({ ok: false, error: "frame-length" });
  });

  it("takes a message of the bound and refuses one byte more, in one frame or many", () => {
    for (const payload of [20, 512]) {
      expect(feed(bounded(500), fragment("edhoc", new Uint8Array(500), payload)).ok).toBe(true);
      expect(feed(bounded(500), fragment("edhoc", new Uint8Array(501), payload))).toEqual({ ok: false, error: "too-long" });
    }
  });

  it("asks for the bound at each frame, so that it may grow", () => {
    let bytes = 30;
    const reassembler = new Reassembler(() => bytes);
    const frames = fragment("protected", new Uint8Array(60), 20);
    reassembler.accept(frames[0]!, 0);
    bytes = 60;
    expect(feed(reassembler, frames.slice(1))).toMatchObject({ ok: true, value: { kind: "protected" } });
  });

  it("gives a message two seconds from its first frame, however steadily its bytes drip", () => {
    const reassembler = bounded();
    const frames = fragment("edhoc", new Uint8Array(4000), 20);
    let nowMs = 500;
    expect(reassembler.deadlineMs).toBeUndefined();
    expect(reassembler.accept(frames[0]!, nowMs).ok).toBe(true);
    expect(reassembler.deadlineMs).toBe(500 + MESSAGE_TIMEOUT_MS);
    let index = 1;
    for (; nowMs + 100 < 500 + MESSAGE_TIMEOUT_MS; index++) expect(reassembler.accept(frames[index]!, (nowMs += 100)).ok).toBe(true);
    expect(reassembler.accept(frames[index]!, nowMs + 100)).toEqual({ ok: false, error: "too-late" });
    expect(reassembler.deadlineMs).toBeUndefined();
  });

  it("never throws nor holds more than its bound, whatever arrives", () => {
    const draw = new Draw("noise");
    const reassembler = bounded(200);
    const kinds = new Set<string>(Object.keys(MESSAGE_KINDS));
    for (let i = 0; i < 20_000; i++) {
      const frame = draw.bytes(0, 24);
      if (draw.uint(1) && frame.length > 0) frame[0] = draw.pick([0x81, 0xc1, 0x01, 0x41, 0x02, 0x42]);
      const taken = reassembler.accept(frame, i);
      if (taken.ok && taken.value !== undefined) {
        expect(taken.value.body.length).toBeLessThanOrEqual(200);
        expect(kinds.has(taken.value.kind)).toBe(true);
      }
    }
  });
});
