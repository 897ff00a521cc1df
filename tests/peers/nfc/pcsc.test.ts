import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { fromHex, toHex } from "../../../firmware/base/index.ts";
import { CardExchange } from "../../../firmware/card/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { createSystemRandom } from "../../../hal/random/index.ts";
import { makeCard } from "../../../scripts/device/cards.ts";
import { blankCard, type VirtualCard } from "../../../sim/pn532/index.ts";
import { VpcdCard } from "../../../sim/vpcd/index.ts";
import { exchangeParts, expecting, knowing } from "../../firmware/card/exchange-parts.ts";
import { describeWithTools, start, type Program } from "../tools.ts";

/** Where Debian's vsmartcard-vpcd listens. */
const VPCD_PORT = 0x8c7b;

/** A card in the virtual reader: resolves once the daemon has seen it, and with false where nobody listens there. */
function insert(card: VirtualCard): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port: VPCD_PORT });
    const vpcd = new VpcdCard({ ats: card.ats, answer: (apdu) => card.answer(apdu), send: (bytes) => void socket.write(bytes) });
    socket.on("data", (chunk: Buffer) => {
      vpcd.receive(new Uint8Array(chunk));
      resolve(true);
    });
    socket.once("error", () => resolve(false));
    onTestFinished(() => void socket.destroy());
  });
}

/** The same, with a daemon of our own where none runs. */
async function insertAnyhow(card: VirtualCard): Promise<void> {
  if (await insert(card)) return;
  const daemon = start("pcscd", ["--foreground"]);
  // It listens when it has loaded its drivers.
  while (!(await insert(card))) {
    if (daemon.child.exitCode !== null) throw new Error(`pcscd does not run (it needs root, and no other pcscd): ${daemon.output()}`);
    await setTimeout(50);
  }
}

const SCRIPTOR = ["-r", "Virtual PCD 00 00"];

/** Runs a scriptor until one has met the card: the daemon tells its clients of it a little later. */
async function metCard(run: () => Program, isIn: (program: Program) => Promise<boolean>): Promise<Program> {
  let program = run();
  for (let attempt = 0; attempt < 50 && !(await isIn(program)); attempt++) program = run();
  return program;
}

/** Sends one command through a running scriptor; the card's answer. It breaks long answers into lines. */
function transmit(scriptor: Program, command: Uint8Array): Promise<Uint8Array> {
  const from = scriptor.output().length;
  scriptor.child.stdin!.write(`${toHex(command)}\n`);
  return new Promise((resolve) => {
    const look = (): void => {
      const answer = /< ([0-9A-F\s]+) : .*\n/.exec(scriptor.output().slice(from));
      if (answer !== null) resolve(fromHex(answer[1]!.replace(/\s/g, "").toLowerCase())!);
    };
    scriptor.child.stdout!.on("data", look);
  });
}

describeWithTools("a PC/SC daemon on our virtual card", ["pcscd", "/etc/reader.conf.d/vpcd", "scriptor"], () => {
  it("powers it up, knows its ATR, and carries commands and answers", async () => {
    await insertAnyhow(blankCard());
    const ask = (): Program => start("scriptor", SCRIPTOR, {}, "reset\n00 a4 04 00 01 11\n80 04 00 00 00\n");
    const scriptor = await metCard(ask, async (program) => (await program.ended) === 0 || !program.output().includes("No smartcard inserted"));
    expect([await scriptor.ended, scriptor.output()]).toEqual([0, expect.stringContaining("3B 80 80 01 01")]);
    expect(scriptor.output()).toMatch(/< 6A 82.*< 6D 00/s);
  });

  it("carries a whole exchange of our own card type, enrolment and a tap, between its virtual card and a car's reader", async () => {
    await insertAnyhow(makeCard("own")!);
    const ask = (): Program => start("scriptor", ["-u", ...SCRIPTOR]);
    const scriptor = await metCard(ask, (program) => program.says("Using T=").then(() => true, () => false));
    const random = createSystemRandom();
    const parts = exchangeParts(createNodeCrypto({ random }), random);
    const tap = async (cards = expecting) => {
      const exchange = new CardExchange({ ...parts, cards });
      for (let command = exchange.start(); ; ) {
        const step = exchange.answered(await transmit(scriptor, command), 1);
        if (step.kind !== "ask") return step;
        command = step.command;
      }
    };
    const enrolled = await tap();
    expect(enrolled).toMatchObject({ kind: "proved", type: "own" });
    if (enrolled.kind !== "proved") return;
    expect(await tap(knowing(new Map([[enrolled.keyId, enrolled.coseKey]])))).toEqual(enrolled);
    scriptor.child.stdin!.end();
  });
});
