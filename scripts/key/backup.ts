import { decodeWallet, encodeWallet, WALLET_BYTES_MAX } from "../../firmware/key/index.ts";
import { CommandFailure, EXIT, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { PASSPHRASE_OPTION, readPassphrase } from "../cli/passphrase.ts";
import { readSealed, writeSealed } from "../cli/sealed-file.ts";
import { FILE_OPTION, keyFileOf, textOf } from "./options.ts";
import { crypto, WalletFile, WALLET_FAULT_TEXTS, withWallet } from "./wallet-file.ts";

/** The head and the blocks of the age format add little. */
const BACKUP_BYTES_MAX = WALLET_BYTES_MAX + 64 * 1024;

export const BACKUP_SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "key backup",
    summary: "a copy of this key, sealed with a passphrase",
    positionals: ["TO"],
    options: { ...FILE_OPTION, ...PASSPHRASE_OPTION },
    examples: ["latchkey key backup anna.age"],
    run: backup,
  },
  {
    name: "key restore",
    summary: "the key of a backup, where there is none",
    positionals: ["FROM"],
    options: { ...FILE_OPTION, ...PASSPHRASE_OPTION },
    examples: ["latchkey key restore anna.age"],
    run: restore,
  },
];

function backup(values: OptionValues, [to]: readonly string[], output: Output): Promise<ExitCode> {
  return withWallet(values, async (file) => {
    const passphrase = await readPassphrase(textOf(values, "passphrase-file"), true);
    await writeSealed(to!, encodeWallet(crypto, file.wallet), passphrase);
    output.answer({ ok: true, file: to }, `${to}: a copy of ${file.wallet.name}'s key. Whoever has it and the passphrase has the key; what this key learns from now on is not in it.`);
    return EXIT.ok;
  });
}

async function restore(values: OptionValues, [from]: readonly string[], output: Output): Promise<ExitCode> {
  const path = keyFileOf(values);
  const bytes = await readSealed(from!, BACKUP_BYTES_MAX, () => readPassphrase(textOf(values, "passphrase-file"), false));
  const wallet = decodeWallet(crypto, bytes);
  if (!wallet.ok) throw new CommandFailure(`${from} ${WALLET_FAULT_TEXTS[wallet.error.kind]}`, "Name another backup.", { fault: wallet.error });
  await WalletFile.create(path, wallet.value);
  output.answer({ ok: true, file: path, name: wallet.value.name }, `${wallet.value.name}'s key is in ${path}. If another may have it, have that one revoked and a new key enrolled.`);
  return EXIT.ok;
}
