import {
  beginPairing,
  createWallet,
  forgetOwnersKit,
  formatKeyInvitation,
  ownersKit,
  ownKeyId,
  restoreFromKit,
  resumePairing,
  type PairingTask,
} from "../../firmware/key/index.ts";
import { isLoopbackHost } from "../../hal/socket-radio/index.ts";
import { CommandFailure, EXIT, UsageError, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { attachVia } from "./attach.ts";
import { CarConnection, refusal } from "./car-connection.ts";
import { CAR_OPTIONS, FILE_OPTION, keyFileOf, textOf, viaOf } from "./options.ts";
import { readText } from "./reading-text.ts";
import { crypto, kept, random, WalletFile, withWallet } from "./wallet-file.ts";

/** From no key to an owner's key. */
export const PAIRING_SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "key init",
    summary: "make a new key in a file of your own (mode 0600)",
    positionals: [],
    options: {
      ...FILE_OPTION,
      name: { type: "string", value: "NAME", help: "how this key introduces itself (default: the user's name)" },
      algorithm: { type: "string", value: "Ed25519|ES256", help: "default Ed25519; ES256 where the key must live in P-256 hardware" },
    },
    examples: ["latchkey key init --name anna"],
    run: init,
  },
  {
    name: "key pair",
    summary: "become the first owner with the code on the car's console",
    positionals: ["[URI]"],
    options: {
      ...CAR_OPTIONS,
      label: { type: "string", value: "LABEL", help: "your own name for the car (default: car)" },
      "uri-file": { type: "string", value: "PATH", help: "file (0600) that holds the code; - for stdin" },
      resume: { type: "boolean", help: "fetch the answer of a pairing that was interrupted" },
    },
    examples: ["latchkey key pair --label camper", "latchkey car claim --json | jq -r .uri | latchkey key pair"],
    run: pair,
  },
  {
    name: "key kit",
    summary: "show the owner's kit (the recovery key) to print it; then forget it here",
    positionals: [],
    options: { ...FILE_OPTION, car: CAR_OPTIONS["car"]!, forget: { type: "boolean", help: "the kit is on paper: remove it from this key file" } },
    examples: ["latchkey key kit", "latchkey key kit --forget"],
    run: kit,
  },
  {
    name: "key recover",
    summary: "make a recovery key file from a printed owner's kit",
    positionals: [],
    options: {
      ...FILE_OPTION,
      label: { type: "string", value: "LABEL", help: "your own name for the car (default: car)" },
      "kit-file": { type: "string", value: "PATH", help: "file (0600) that holds the kit; - for stdin" },
    },
    examples: ["latchkey key recover --file recovery-key", "latchkey key enrol --file recovery-key --role owner < new-phone.txt"],
    run: recover,
  },
];

async function init(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const algorithm = textOf(values, "algorithm") ?? "Ed25519";
  if (algorithm !== "Ed25519" && algorithm !== "ES256") throw new UsageError("--algorithm is Ed25519 or ES256");
  const name = textOf(values, "name") ?? process.env["USER"] ?? "phone";
  const wallet = kept(createWallet(crypto, { algorithm, name }));
  const path = keyFileOf(values);
  await WalletFile.create(path, wallet);
  const keyId = ownKeyId(crypto, wallet);
  const invitation = formatKeyInvitation(wallet);
  output.answer({ ok: true, file: path, name, keyId, invitation }, `${name}'s key ${keyId} is in ${path}\n\nTo be invited, send this to an owner (it is not secret):\n${invitation}`);
  return EXIT.ok;
}

async function pair(values: OptionValues, positionals: readonly string[], output: Output): Promise<ExitCode> {
  const via = viaOf(values);
  if (positionals[0] !== undefined && !(via.kind === "socket" && isLoopbackHost(via.at.host))) {
    throw new UsageError("a code on the command line is for a virtual car on this machine; pass it on stdin, by --uri-file or at the prompt");
  }
  return withWallet(values, async (file) => {
    const task = await taskOf(file, values, positionals[0]);
    return CarConnection.with(file, { attach: attachVia(via), target: { kind: "pairing", task } }, async (connection) => {
      const outcome = await connection.pair();
      if ("reply" in outcome) throw refusal(outcome);
      const { vehicleId, ownersKit: kitText } = outcome;
      const label = file.wallet.cars.find((car) => car.vehicleId === vehicleId)!.label;
      output.answer(
        { ok: true, car: label, vehicleId, role: "owner" },
        [
          `${label}: you are the owner.`,
          "",
          "The owner's kit recovers the car if every owner's key is lost. Print it, then remove it here:",
          "  latchkey key kit            shows it",
          "  latchkey key kit --forget   removes it from this file",
        ].join("\n"),
      );
      return kitText === "" ? EXIT.refused : EXIT.ok;
    });
  });
}

async function taskOf(file: WalletFile, values: OptionValues, uri: string | undefined): Promise<PairingTask> {
  if (values["resume"] === true) {
    const task = resumePairing(file.wallet);
    if (task === undefined) throw new CommandFailure("no pairing was interrupted", "Pair with: latchkey key pair");
    return task;
  }
  const text = uri ?? (await readText("the code on the car's console (latchkey:1?...)", textOf(values, "uri-file")));
  return kept(beginPairing({ crypto, random }, file.wallet, { uri: text, label: textOf(values, "label") ?? "car" }));
}

function kit(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withWallet(values, (file) => {
    const car = file.car(values);
    if (values["forget"] === true) {
      file.save(forgetOwnersKit(file.wallet, car.vehicleId));
      output.answer({ ok: true, car: car.label }, `${car.label}: the owner's kit is no longer in ${file.path}`);
      return EXIT.ok;
    }
    const text = ownersKit(crypto, file.wallet, car.vehicleId);
    if (text === undefined) throw new CommandFailure(`${car.label}: this key holds no owner's kit`, "It was forgotten here, or another key paired the car.");
    output.answer({ ok: true, car: car.label, kit: text }, text);
    return EXIT.ok;
  });
}

async function recover(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const text = await readText("the printed owner's kit (latchkey-recovery:1?...)", textOf(values, "kit-file"));
  const wallet = kept(restoreFromKit(crypto, text, textOf(values, "label") ?? "car"));
  const path = keyFileOf(values);
  await WalletFile.create(path, wallet);
  output.answer({ ok: true, file: path, role: "recovery" }, `The recovery key is in ${path}. It manages keys and opens nothing:\n  latchkey key enrol --file ${path} --role owner`);
  return EXIT.ok;
}
