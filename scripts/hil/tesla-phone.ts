import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { toHex } from "../../firmware/base/index.ts";
import { localNameOf, MessageStream, toPieces, type FromVcsecMessage, type RoutableMessage } from "../../firmware/tesla/index.ts";
import { DEFAULT_DRIVER } from "../../hal/ble/index.ts";
import { loadNoble } from "../../hal/ble-key/index.ts";
import { createMonotonicClock } from "../../hal/clock/index.ts";
import type { KeyRadioEvent } from "../../hal/radio/index.ts";
import { createTeslaCodec } from "../../hal/tesla-codec/index.ts";
import { TeslaClient } from "../../sim/tesla-client/index.ts";
import { crypto, random } from "../key/wallet-file.ts";
import { runAct } from "./act.ts";
import { TeslaCentral } from "./tesla-central.ts";

/**
 * What a client of Tesla cars does over noble, one act a process. Prints a sentence; exit 0 where all was as it should be.
 *
 * Usage: node dist/scripts/hil/tesla-phone.js --adapter hci1 --act pair|unlock|lock|poll|idle --vin VIN --file KEY
 */
const { values } = parseArgs({ options: { adapter: { type: "string", default: "hci1" }, act: { type: "string", default: "poll" }, vin: { type: "string" }, file: { type: "string" } } });

const DOORS = 2;
/** Of a lock action of the doors. */
const ACTIONS = { unlock: 0, lock: 1 } as const;
/** A driver's key on a phone. */
const [ROLE_DRIVER, FORM_FACTOR_PHONE] = [3, 7] as const;
const KEY_BYTES = 32;

/** How long anything may take on an emulated processor. */
const WAIT_MS = 60_000;

const loaded = await loadNoble(DEFAULT_DRIVER, values.adapter);
if (!loaded.ok) throw new Error(loaded.error.found);
const codec = createTeslaCodec();
const clock = createMonotonicClock();
const client = new TeslaClient({ crypto, random, codec, vin: values.vin!, key: clientKey(values.file!) });
const stream = new MessageStream();
const heard: RoutableMessage[] = [];
let isClosed = false;
let look = (): void => undefined;

await runAct({ pair, unlock: () => moves("unlock"), lock: () => moves("lock"), poll, idle }, values.act);

/** Asks to become a key, and waits for the outcome; says `asked` in between. */
async function pair(): Promise<string> {
  const send = await attach();
  send(client.keyRequest(ROLE_DRIVER, FORM_FACTOR_PHONE));
  console.log("asked");
  const outcome = await answer("an outcome", (message) => doorsMessage(message)?.commandStatus);
  if ((outcome.operationStatus ?? 0) !== 0) throw new Error(`not added: ${JSON.stringify(outcome)}`);
  return `${client.keyId} was added`;
}

/** A session, and one signed command in it. */
async function moves(action: keyof typeof ACTIONS): Promise<string> {
  const send = await attach();
  const { message, uuid } = client.handshake(DOORS);
  send(message);
  const info = await answer("session info", (reply) => (reply.sessionInfo === undefined ? undefined : reply));
  const session = client.takeSessionInfo(info, uuid, clock.monotonicMs());
  if (session === undefined || (session.status ?? 0) !== 0) throw new Error(`no session: ${JSON.stringify(session)}`);
  const sent = client.command(DOORS, codec.encode("UnsignedMessage", { rkeAction: ACTIONS[action] }), clock.monotonicMs());
  send(sent.message);
  const reply = await answer("a reply", (candidate) => (candidate.sessionInfo === undefined && isOurs(candidate) ? candidate : undefined));
  const opened = client.open(reply, sent);
  const told = opened && codec.decode("FromVcsecMessage", opened);
  if (told?.vehicleStatus === undefined) throw new Error(`refused: ${JSON.stringify(told ?? reply.signedMessageStatus)}`);
  return `${action}: done, in epoch ${toHex(session.epoch!)}`;
}

/** Asks in the clear how the doors are. */
async function poll(): Promise<string> {
  const send = await attach();
  send(client.plain(DOORS, codec.encode("UnsignedMessage", { informationRequest: {} })).message);
  const { vehicleLockState = 0 } = await answer("the status", (message) => (isOurs(message) ? doorsMessage(message)?.vehicleStatus : undefined));
  return vehicleLockState === 1 ? "locked" : vehicleLockState === 0 ? "unlocked" : `lock state ${vehicleLockState}`;
}

/** Says nothing once it is attached, and waits until the car has had enough. */
async function idle(): Promise<string> {
  await attach();
  console.log("attached");
  await until("dropped", () => isClosed || undefined);
  return "dropped for its silence";
}

async function attach(): Promise<(message: Uint8Array) => void> {
  const onEvent = (event: KeyRadioEvent): void => {
    if (event.kind === "frameReceived") for (const message of stream.accept(event.bytes, clock.monotonicMs())) heard.push(client.read(message));
    else if (event.kind === "closed") isClosed = true;
    look();
  };
  if (!loaded.ok) throw new Error(loaded.error.found);
  const link = await new TeslaCentral(loaded.value).attach(localNameOf(crypto, values.vin!), onEvent);
  if (link === undefined) throw new Error("no car with that name took the client");
  return (message) => toPieces(message, link.attPayloadBytes).forEach((piece) => link.send(piece));
}

/** The first message of the car of which `pick` makes something. */
function answer<T>(what: string, pick: (message: RoutableMessage) => T | undefined): Promise<T> {
  return until(what, () => {
    for (const message of heard) {
      const picked = pick(message);
      if (picked !== undefined) return picked;
    }
    return undefined;
  });
}

function until<T>(what: string, holds: () => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what}: not within ${WAIT_MS / 1000} s`)), WAIT_MS);
    look = () => {
      const held = holds();
      if (held === undefined) return;
      clearTimeout(timer);
      resolve(held);
    };
    look();
  });
}

function isOurs({ toDestination }: RoutableMessage): boolean {
  return toHex(toDestination?.routingAddress ?? new Uint8Array(0)) === toHex(client.address);
}

function doorsMessage({ protobufMessageAsBytes: bytes }: RoutableMessage): FromVcsecMessage | undefined {
  return bytes && codec.decode("FromVcsecMessage", bytes);
}

/** The key in `file`, made where there is none. */
function clientKey(file: string): NonNullable<ReturnType<typeof crypto.importAgreementKey>> {
  if (!existsSync(file)) writeFileSync(file, random.bytes(KEY_BYTES), { mode: 0o600 });
  const key = crypto.importAgreementKey("P-256", Uint8Array.from(readFileSync(file)));
  if (key === undefined) throw new Error(`${file} holds no key`);
  return key;
}
