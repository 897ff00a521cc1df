import { CHANNEL_KEY_BYTES, ProtectedChannel, SEQUENCE_COUNT_MAX } from "../../../firmware/session/index.ts";
import type { Attack } from "../attack.ts";

export const C9: Attack = {
  id: "C9",
  title: "A session is kept until its numbers come round again",
  source: "follows from the protocol texts",
  has: "one message recorded at the beginning of a session, and patience",
  does: "lets the number run to its end, and sends the recording again",
  must: "the channel ends at its last number: none is ever used twice",
  guard: "firmware/session/channel.ts",
  play: (stage) => {
    const crypto = stage.crypto("channel");
    const keys = stage.bytes(CHANNEL_KEY_BYTES);
    const [phone, car] = (["phone", "car"] as const).map((role) => new ProtectedChannel(crypto, keys, role)) as [ProtectedChannel, ProtectedChannel];
    const first = phone.seal(Uint8Array.of(1));
    let opened = car.open(first).ok ? 1 : 0;
    stage.say("the session's own channel runs to its last number");
    while (!phone.exhausted) if (car.open(phone.seal(Uint8Array.of(1))).ok) opened++;
    stage.check("every message counted once", opened === SEQUENCE_COUNT_MAX, `${opened} messages`);
    stage.check("the channel says that it has ended", car.exhausted);
    const again = car.open(first);
    stage.check("the first message opens nothing again", !again.ok, again.ok ? "opened" : again.error);
    let refused = false;
    try {
      phone.seal(Uint8Array.of(1));
    } catch {
      refused = true;
    }
    stage.check("no number is given out twice", refused);
  },
};
