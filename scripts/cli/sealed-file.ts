import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { messageOf, replaceFile } from "../../hal/durable-file/index.ts";
import { CommandFailure } from "./command.ts";

/** Writes `content` to a new file, mode 0600, sealed with `passphrase` in the age format (age-encryption.org/v1): `age --decrypt` opens it too. */
export async function writeSealed(path: string, content: Uint8Array, passphrase: string): Promise<void> {
  if (existsSync(path)) throw new CommandFailure(`${path} exists already`, "Name another file, or remove that one.");
  const { Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  const sealed = await encrypter.encrypt(content);
  try {
    replaceFile(path, [sealed]);
  } catch (fault) {
    throw new CommandFailure(`${path} cannot be written: ${messageOf(fault)}`);
  }
}

/** The content of a sealed file of `bytesMax` at most. One answer for a wrong passphrase and for a damaged file: they cannot be told apart. */
export async function readSealed(path: string, bytesMax: number, passphrase: () => Promise<string>): Promise<Uint8Array> {
  let sealed: Uint8Array;
  try {
    if ((await stat(path)).size > bytesMax) throw new Error(`it has more than ${bytesMax} bytes`);
    sealed = await readFile(path);
  } catch (fault) {
    throw new CommandFailure(`${path} cannot be read: ${messageOf(fault)}`);
  }
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  decrypter.addPassphrase(await passphrase());
  try {
    return await decrypter.decrypt(sealed);
  } catch {
    throw new CommandFailure(`${path} cannot be opened: the passphrase is wrong, or the file is damaged or none of ours`, "Try the passphrase again, or another copy of the file.");
  }
}
