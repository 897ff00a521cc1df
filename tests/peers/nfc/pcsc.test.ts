import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { blankCard } from "../../../sim/pn532/index.ts";
import { VpcdCard } from "../../../sim/vpcd/index.ts";
import { describeWithTools, start, type Program } from "../tools.ts";

/** Where Debian's vsmartcard-vpcd listens. */
const VPCD_PORT = 0x8c7b;

/** A card in the virtual reader: resolves once the daemon has seen it, and with false where nobody listens there. */
function insert(card: ReturnType<typeof blankCard>): Promise<boolean> {
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

describeWithTools("a PC/SC daemon on our virtual card", ["pcscd", "/etc/reader.conf.d/vpcd", "scriptor"], () => {
  it("powers it up, knows its ATR, and carries commands and answers", async () => {
    if (!(await insert(blankCard()))) {
      const daemon = start("pcscd", ["--foreground"]);
      // It listens when it has loaded its drivers.
      while (!(await insert(blankCard()))) {
        if (daemon.child.exitCode !== null) throw new Error(`pcscd does not run (it needs root, and no other pcscd): ${daemon.output()}`);
        await setTimeout(50);
      }
    }
    const ask = (): Program => start("scriptor", ["-r", "Virtual PCD 00 00"], {}, "reset\n00 a4 04 00 01 11\n80 04 00 00 00\n");
    let scriptor = ask();
    // The daemon tells its clients of a card a little after it has met it.
    for (let attempt = 0; attempt < 50 && (await scriptor.ended) !== 0 && scriptor.output().includes("No smartcard inserted"); attempt++) scriptor = ask();
    expect([await scriptor.ended, scriptor.output()]).toEqual([0, expect.stringContaining("3B 80 80 01 01")]);
    expect(scriptor.output()).toMatch(/< 6A 82.*< 6D 00/s);
  });
});
