import { afterEach, describe, expect, it } from "vitest";
import type { CarRadio } from "../../../hal/radio/index.ts";
import { MessageStream, toPieces, type RoutableMessage } from "../../../firmware/tesla/index.ts";
import { TeslaClient } from "../../../sim/tesla-client/index.ts";
import { act } from "../../../scripts/world/acts.ts";
import { codec, faultIn, TEST_VIN } from "../../support/tesla.ts";
import { quickCrypto } from "../../support/wired-car.ts";
import { seededRandom } from "../../support/random.ts";
import { pairPhone, startRig, type Rig } from "./rig.ts";

let rig: Rig;
afterEach(() => rig.car.stop());

/** Does what the words ask while time passes. */
async function say(words: string): Promise<string> {
  const outcome: { text?: string; fault?: unknown } = {};
  void act(rig, words.split(" ")).then(
    ({ text }) => (outcome.text = text),
    (fault: unknown) => (outcome.fault = fault),
  );
  for (let i = 0; i < 400 && outcome.text === undefined && outcome.fault === undefined; i++) {
    rig.pass(50);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (outcome.text === undefined) throw outcome.fault ?? new Error("nothing came of it");
  return outcome.text;
}

/** A client on a radio of its own. */
async function client() {
  const crypto = quickCrypto("a client");
  const tesla = new TeslaClient({ crypto, random: seededRandom("a client"), codec, vin: TEST_VIN, key: crypto.generateAgreementKey("P-256") });
  const stream = new MessageStream();
  const heard: RoutableMessage[] = [];
  let tell: Parameters<Parameters<Rig["car"]["addRadio"]>[0]>[0] | undefined;
  const radio: CarRadio = {
    send: (_link, bytes) => {
      heard.push(...stream.accept(bytes, 0).map((message) => tesla.read(message)));
      return true;
    },
    closeLink: () => undefined,
    advertise: () => undefined,
    close: () => Promise.resolve(),
  };
  await rig.car.addRadio((onEvent) => {
    tell = onEvent;
    return radio;
  });
  tell!({ kind: "linkOpened", link: 1, attPayloadBytes: 244, proximity: "local", dialect: "tesla" });
  const send = (message: Uint8Array): readonly RoutableMessage[] => {
    const before = heard.length;
    for (const bytes of toPieces(message, 244)) tell!({ kind: "frameReceived", link: 1, bytes });
    return heard.slice(before);
  };
  const begin = (): string => {
    const { message, uuid } = tesla.handshake(2);
    const [answer] = send(message);
    if (answer === undefined) return "silence";
    const info = tesla.takeSessionInfo(answer, uuid, rig.board.nowMs());
    return info === undefined ? (faultIn(answer) ?? "no session info") : info.status === 1 ? "keyNotOnWhitelist" : "ok";
  };
  return { tesla, send, begin, heard };
}

const start = async (): Promise<void> => {
  rig = await startRig({ tesla: { vin: TEST_VIN, codec } });
  rig.board.addPhone("anna", 2);
};

describe("what developers of Tesla clients do to a virtual car", () => {
  it("a card tapped for the key that a client asks for adds it; a car without an owner is delivered first", async () => {
    await start();
    const { tesla, send, begin } = await client();
    send(tesla.keyRequest(2, 7));
    expect(await say("tap-card")).toMatch(/^card is a card of this car now, added by the simulated phone anna that owns it; card was tapped, and the car's screen was told yes: Android phone \w{8} is owner now$/);
    expect(begin()).toBe("ok");
  });

  it("the screen may be told no, or nothing", async () => {
    await start();
    const { tesla, send, begin } = await client();
    send(tesla.keyRequest(3, 9));
    expect(await say("tap-card card no")).toMatch(/is not added$/);
    send(tesla.keyRequest(3, 9));
    expect(await say("tap-card card nothing")).toMatch(/the car's screen asks whether app \w{8} becomes driver$/);
    expect(begin()).toBe("keyNotOnWhitelist");
    rig.car.dispatch({ kind: "keyRequestAnswered", accept: true });
    rig.pass(50);
    await new Promise((resolve) => setImmediate(resolve));
    expect(begin()).toBe("ok");
  });

  it("a tap without a request is a tap inside like any other", async () => {
    await start();
    expect(await say("tap-card")).toMatch(/no key request waits, so that it starts the drive$/);
    rig.pass(2000);
    expect(rig.board.body.immobiliserReleased).toBe(true);
  });

  it("a car that somebody else owns has no card that the world could know", async () => {
    await start();
    pairPhone(rig, rig.board.addPhone("ben", 2));
    await expect(say("tap-card")).rejects.toThrow(/latchkey key card add card/);
  });

  it("misbehaves as often as it is told", async () => {
    await start();
    const { tesla, send, begin } = await client();
    send(tesla.keyRequest(2, 7));
    await say("tap-card");
    expect(await say("fault busy 2")).toBe("busy for the next 2 messages of Tesla clients");
    expect([begin(), begin(), begin()]).toEqual(["busy", "busy", "ok"]);
    await say("fault drop");
    expect([begin(), begin()]).toEqual(["silence", "ok"]);
    await say("fault timeExpired 5");
    expect(await say("fault none")).toBe("the car answers as it should");
    expect(begin()).toBe("ok");
  });

  it("answers later where it is told to be slow, and refuses new keys where it is told to be full", async () => {
    await start();
    const { tesla, send, heard } = await client();
    await say("fault delay 700");
    const before = heard.length;
    expect(send(tesla.handshake(2).message)).toEqual([]);
    rig.pass(699);
    expect(heard.length).toBe(before);
    rig.pass(1);
    expect(heard.length).toBe(before + 1);
    await say("fault full-whitelist");
    send(tesla.keyRequest(2, 7));
    expect(codec.decode("FromVcsecMessage", heard.at(-1)!.protobufMessageAsBytes!)).toMatchObject({ commandStatus: { whitelistOperationStatus: { whitelistOperationInformation: 4 } } });
  });

  it.each([
    ["fault", /use one of: none, delay, drop/],
    ["fault sulk", /"sulk" is not known here/],
    ["fault drop many", /N is a number/],
    ["fault delay", /MILLISECONDS is a number/],
    ["tap-card card maybe", /use one of: yes, no, nothing/],
  ])("refuses `%s` with what is known", async (words, message) => {
    await start();
    await expect(say(words)).rejects.toThrow(message);
  });

  it.each(["tap-card", "fault drop"])("says of a car that speaks the native dialect alone that `%s` is not for it", async (words) => {
    rig = await startRig();
    await expect(say(words)).rejects.toThrow(/start it with --dialects native,tesla/);
  });
});
