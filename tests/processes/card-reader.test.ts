import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import type { CardReaderEvent } from "../../hal/card-reader/index.ts";
import { createPn532Reader, SYSTEM_TIMER } from "../../hal/pn532/index.ts";
import type { OpenSerialLine } from "../../hal/serial-line/index.ts";
import { testFolder } from "../hal/support/folder.ts";
import { describeWithTools, start, type Program } from "../peers/tools.ts";

const LATCHKEY = fileURLToPath(new URL("../../dist/bin/latchkey.js", import.meta.url));
const SELECT = Uint8Array.of(0x00, 0xa4, 0x04, 0x00, 0x01, 0x11);

async function device(link: string, ...args: readonly string[]): Promise<Program> {
  const program = start(process.execPath, [LATCHKEY, "device", "pn532", "--link", link, ...args]);
  await program.says("A virtual PN532 is at");
  return program;
}

/** The port at `path` with socat's help: opened when it is there, and again when it is back. */
function lineAt(path: string): OpenSerialLine {
  return (listener) => {
    let child: ChildProcess | undefined;
    let closed = false;
    const look = (): void => {
      if (closed) return;
      if (!existsSync(path)) return void setTimeout(look, 20);
      child = spawn("socat", ["-", `${path},raw,echo=0`], { stdio: ["pipe", "pipe", "ignore"] });
      child.stdin!.on("error", () => undefined);
      child.stdout!.on("data", (chunk: Buffer) => listener.received(new Uint8Array(chunk)));
      child.on("close", () => {
        if (closed) return;
        listener.lost("the port is gone");
        look();
      });
      listener.opened();
    };
    look();
    return {
      write: (bytes) => void child?.stdin!.write(bytes),
      close: () => {
        closed = true;
        child?.kill();
        return Promise.resolve();
      },
    };
  };
}

describeWithTools("the card reader's driver on a virtual reader in another process", ["socat"], () => {
  it("serves a tap, a plug pulled mid-talk, and a tap on the reader that comes back", async () => {
    const link = join(testFolder(), "reader");
    const first = await device(link, "--card", "blank");
    const events: CardReaderEvent[] = [];
    const troubles: string[] = [];
    let check: () => void = () => undefined;
    const until = (kind: CardReaderEvent["kind"], count: number): Promise<void> => new Promise((resolve) => {
      check = () => events.filter((event) => event.kind === kind).length >= count && resolve();
      check();
    });
    const reader = createPn532Reader({
      open: lineAt(link),
      timer: SYSTEM_TIMER,
      onTrouble: (message) => troubles.push(message),
      listener: (event) => {
        events.push(event);
        check();
      },
    });
    onTestFinished(() => reader.close());
    await until("cardEntered", 1);
    expect(reader.ask(SELECT)).toBe(true);
    await until("cardAnswered", 1);
    expect(events[1]).toMatchObject({ bytes: Uint8Array.of(0x6a, 0x82) });
    first.child.kill("SIGTERM");
    await until("cardLeft", 1);
    await first.ended;
    await device(link, "--card", "blank");
    await until("cardEntered", 2);
    reader.ask(SELECT);
    await until("cardAnswered", 2);
    expect(events.map(({ kind }) => kind)).toEqual(["cardEntered", "cardAnswered", "cardLeft", "cardEntered", "cardAnswered"]);
    expect(troubles[0]).toContain("the line was lost (the port is gone)");
    expect(troubles.at(-1)).toBe("card reader: it answers again");
  });
});

it("the virtual reader refuses a card that it does not know", async () => {
  const program = start(process.execPath, [LATCHKEY, "device", "pn532", "--link", join(testFolder(), "reader"), "--card", "gold"]);
  expect([await program.ended, program.output()]).toEqual([2, expect.stringContaining('--card: there is no card "gold"; there are: blank')]);
});
