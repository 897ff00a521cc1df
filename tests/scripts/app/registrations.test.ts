import { readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { fromHex, toBase64Url } from "../../../firmware/base/index.ts";
import { SUBCOMMANDS } from "../../../scripts/app/index.ts";
import { saveSession } from "../../../scripts/app/session.ts";
import { Output } from "../../../scripts/cli/output.ts";
import { ownFolder, startCloud, type Answered, type Asked } from "./rig.ts";

const vehicle = (name: string, label: string, digits: string): object => ({ vehicle: name, label, vehicleId: toBase64Url(fromHex(digits.repeat(32))!), uplinkSeenAtMs: null });
const [VAN, BUS, VAN_AGAIN] = [vehicle("cloud-name-1", "van", "ab"), vehicle("cloud-name-2", "bus", "cd"), vehicle("cloud-name-3", "van", "ab")];

const having = (...vehicles: readonly object[]) => ({ method }: Asked): Answered =>
  method === "GET" ? { status: 200, body: { vehicles } } : method === "DELETE" ? { status: 204 } : { status: 200, body: { uplinkToken: "renewed" } };

/** Runs `latchkey app NAME POSITIONAL`, logged in, for people; gives its words and what the cloud was asked. */
async function runApp(name: string, positional: string, answer: (asked: Asked) => Answered, options: Readonly<Record<string, string>> = {}) {
  const cloud = await startCloud(answer);
  const values = { ...ownFolder(), ...options };
  await saveSession(values, { cloud: cloud.url.origin, account: "anna", session: "s" });
  const output = new Output({ json: false, color: false });
  const words: string[] = [];
  vi.spyOn(output, "answer").mockImplementation((data, text) => void words.push(JSON.stringify(data), text));
  const asked = (): readonly string[] => cloud.asked.map(({ method, path }) => `${method} ${path}`);
  const ended = SUBCOMMANDS.find((subcommand) => subcommand.name === `app ${name}`)!.run(values, [positional], output);
  return { ended: await ended.then(() => undefined, (fault: unknown) => fault as Error & { wayOut?: string }), words: words.join("\n"), asked };
}

describe("taking a car out of the account", () => {
  it.each(["bus", "cdcdcdcd", "cloud-name-2"])("removes the one that %s names, and no other", async (name) => {
    const { ended, words, asked } = await runApp("remove", name, having(VAN, BUS));
    expect([ended, asked()]).toEqual([undefined, ["GET /v1/vehicles", "DELETE /v1/vehicles/cloud-name-2"]]);
    expect(words).toContain("its keys are as before");
  });

  it.each(["", "bu", "../account"])("removes nothing for the name %j, and says which there are", async (name) => {
    const { ended, asked } = await runApp("remove", name, having(VAN));
    expect([ended?.message, ended?.wayOut, asked()]).toEqual([expect.stringContaining("has no car"), expect.stringContaining("van (abababab)"), ["GET /v1/vehicles"]]);
  });

  it("asks which, where a car was registered twice, by what tells the two apart", async () => {
    const { ended, asked } = await runApp("remove", "van", having(VAN, VAN_AGAIN));
    expect([ended?.wayOut, asked().length]).toEqual([expect.stringMatching(/van \(cloud-name-1\), van \(cloud-name-3\)/), 1]);
    expect((await runApp("remove", "cloud-name-3", having(VAN, VAN_AGAIN))).asked()).toContain("DELETE /v1/vehicles/cloud-name-3");
  });
});

describe("a new token for an uplink", () => {
  it.each([["a file that is not there yet", undefined], ["the file of the old one", "old\n"]])("goes into %s, its owner's alone, and is shown nowhere", async (_, before) => {
    const file = `${ownFolder().file}.token`;
    if (before !== undefined) writeFileSync(file, before, { mode: 0o644 });
    const { ended, words, asked } = await runApp("uplink-token", "van", having(VAN, BUS), { "token-file": file });
    expect([ended, asked().at(-1)]).toEqual([undefined, "POST /v1/vehicles/cloud-name-1/uplink-token"]);
    expect([readFileSync(file, "utf8"), statSync(file).mode & 0o777]).toEqual(["renewed\n", 0o600]);
    expect(words).toContain(file);
    expect(words).not.toContain("renewed");
  });

  it("is not asked for where it would be written over something else, or to a terminal or pipe", async () => {
    const file = `${ownFolder().file}.notes`;
    for (const text of ["two words\n", "", `old\n${" ".repeat(5000)}`]) {
      writeFileSync(file, text);
      const { ended, asked } = await runApp("uplink-token", "van", having(VAN), { "token-file": file });
      expect([ended?.message, asked(), readFileSync(file, "utf8")]).toEqual([expect.stringContaining("holds something else"), [], text]);
    }
    for (const nowhere of ["/dev/null", "/dev/tty", ""]) {
      const { ended, asked } = await runApp("uplink-token", "van", having(VAN), { "token-file": nowhere });
      expect([ended?.name, asked()]).toEqual(["UsageError", []]);
    }
  });

  it("that cannot be written is asked for again, as the message says", async () => {
    const { ended } = await runApp("uplink-token", "van", having(VAN), { "token-file": "/proc/none" });
    expect(ended?.wayOut).toContain("ask again with another --token-file");
  });
});
