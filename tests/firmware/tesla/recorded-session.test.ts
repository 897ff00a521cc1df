import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import { PARKED_CAR } from "../../../sim/comfort/parked-car.ts";
import { bytes, codec, paired, teslaCar } from "../../support/tesla.ts";

const FILE = new URL("../../vectors/tesla-session.json", import.meta.url);

/** A whole session of a client at a car whose chance is drawn from seeds: every piece that went each way, as hexadecimal. */
function played(): readonly string[] {
  const heard: string[] = [];
  const teslas = teslaCar({ seed: "recorded session" });
  const client = paired(teslas, "recorded phone");
  teslas.car.tell({ kind: "comfortReported", state: PARKED_CAR });
  const { write, receive } = client;
  client.write = (piece) => {
    heard.push(`> ${toHex(piece)}`);
    write.call(client, piece);
  };
  client.receive = (piece) => {
    heard.push(`< ${toHex(piece)}`);
    receive.call(client, piece);
  };
  client.begin(2);
  client.begin(3);
  client.unlock();
  client.lock({ hmac: true });
  client.ask({ closureMoveRequest: { rearTrunk: 1 } });
  client.ask({ informationRequest: { informationRequestType: 5 } });
  client.send(client.client.plain(2, codec.encode("UnsignedMessage", { informationRequest: {} })).message);
  client.tell(3, bytes("120452020801"));
  client.tell(3, bytes("12040a021200"));
  client.unlock({ counter: 1 });
  teslas.car.pass(10_000);
  client.tell(3, bytes("1203da0100"), { ttlS: -1 });
  return heard;
}

describe("a recorded session", () => {
  it("goes over the air as it did when it was recorded, byte for byte", () => {
    const now = played();
    // Recorded anew where that is meant: every byte that differs is a change that clients will see.
    if (process.env["LATCHKEY_RECORD"] === "1") writeFileSync(FILE, `${JSON.stringify(now, null, 1)}\n`);
    expect(now).toEqual(JSON.parse(readFileSync(FILE, "utf8")));
    expect(now.length).toBeGreaterThan(20);
  });
});
