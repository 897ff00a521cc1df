import { publicKeyOf, type PublicKey } from "../../firmware/cose/index.ts";
import { toBase64Url } from "../../firmware/base/index.ts";
import { decode, encode, type CborValue } from "../../firmware/cbor/index.ts";
import type { SignatureAlgorithm, SigningKey } from "../../firmware/ports/index.ts";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { openKeyFile, type KeyFile } from "../../hal/key-file/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { CommandFailure } from "../cli/command.ts";
import { keyFileFailure } from "../cli/key-file-failure.ts";

export const crypto = createNodeCrypto({ random: createSystemRandom() });

const KIND = "latchkey-release-key";
const SEED_BYTES = 32;

/** A release key, held by its file. */
export interface ReleaseKey {
  readonly signingKey: SigningKey;
  readonly publicKey: PublicKey;
  /** As configurations and `car claim --release-key` take it. */
  readonly text: string;
}

/** Makes a release key in a new file of mode 0600. */
export async function createReleaseKey(path: string, algorithm: SignatureAlgorithm): Promise<ReleaseKey> {
  return withKeyFile(path, (file) => {
    if (file.bytes !== undefined) throw new CommandFailure(`there is a key in ${path} already`, "Use it, or name another file with --key.");
    const signingKey = crypto.generateSigningKey(algorithm);
    const saved = file.save(encode([KIND, algorithm, crypto.exportSigningKey(signingKey)]));
    if (!saved.ok) throw keyFileFailure(saved.error);
    return releaseKeyOf(signingKey);
  });
}

/** The release key in a file that nobody else can read. */
export async function readReleaseKey(path: string): Promise<ReleaseKey> {
  return withKeyFile(path, (file) => {
    if (file.bytes === undefined) throw new CommandFailure(`there is no release key in ${path}`, "Make one with: latchkey update keygen --key FILE");
    const item = decode(file.bytes);
    const [kind, algorithm, seed] = item.ok && Array.isArray(item.value) ? (item.value as readonly CborValue[]) : [];
    const known = algorithm === "Ed25519" || algorithm === "ES256" ? algorithm : undefined;
    const signingKey = kind === KIND && known !== undefined && seed instanceof Uint8Array && seed.length === SEED_BYTES ? crypto.importSigningKey(known, seed) : undefined;
    if (signingKey === undefined) throw new CommandFailure(`${path} holds no release key`, "Name the file that latchkey update keygen has made.");
    return releaseKeyOf(signingKey);
  });
}

function releaseKeyOf(signingKey: SigningKey): ReleaseKey {
  const publicKey = publicKeyOf(signingKey.algorithm, signingKey.publicKey);
  return { signingKey, publicKey, text: toBase64Url(publicKey.coseKey) };
}

async function withKeyFile<T>(path: string, work: (file: KeyFile) => T): Promise<T> {
  const file = await openKeyFile(path);
  if (!file.ok) throw keyFileFailure(file.error);
  try {
    return work(file.value);
  } finally {
    file.value.close();
  }
}
