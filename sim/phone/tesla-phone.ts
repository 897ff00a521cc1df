import { toHex } from "../../firmware/base/index.ts";
import type { RandomPort, CryptoPort } from "../../firmware/ports/index.ts";
import { MessageStream, toPieces, type RoutableMessage, type TeslaCodec } from "../../firmware/tesla/index.ts";
import type { Air, LinkEnd, Place, Radio } from "../air/index.ts";
import { TeslaClient, wasDone, type SentCommand } from "../tesla-client/index.ts";
import type { Task, VirtualClock } from "../time/index.ts";

/** The domain of the doors, and what is asked of it. */
const DOORS = 2;
const ACTIONS = { unlock: 0, lock: 1, drive: 20 } as const;
export type TeslaWish = keyof typeof ACTIONS;

/** How long such a phone waits for an answer. */
const PATIENCE_MS = 5_000;

export interface TeslaPhoneWorld {
  readonly clock: VirtualClock;
  readonly air: Air;
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  readonly codec: TeslaCodec;
}

/** What is under way: a link that opens, a session that begins, a command that waits. */
interface Errand {
  readonly wish: TeslaWish;
  readonly settled: (said: string) => void;
  readonly patience: Task;
  step: { readonly kind: "connecting" } | { readonly kind: "greeting"; readonly uuid: Uint8Array } | { readonly kind: "asking"; readonly sent: SentCommand };
}

/** A phone with an app for Tesla's cars: one link, one session, one command, each time it is asked. */
export class TeslaPhone {
  readonly client: TeslaClient;
  readonly radio: Radio;
  readonly #world: TeslaPhoneWorld;
  #stream = new MessageStream();
  #end: LinkEnd | undefined;
  #errand: Errand | undefined;

  constructor(name: string, place: Place, vin: string, world: TeslaPhoneWorld) {
    this.#world = world;
    const { crypto, random, codec } = world;
    this.client = new TeslaClient({ crypto, random, codec, vin, key: crypto.generateAgreementKey("P-256") });
    this.radio = world.air.addRadio(name, place, {
      dialect: "tesla",
      linkOpened: (end) => this.#opened(end),
      received: (_end, bytes) => this.#received(bytes),
      linkClosed: () => this.#settle("the link was lost"),
    });
  }

  /** Asks the car over a new link; `settled` hears `done`, or what stood in the way. */
  ask(car: Radio, wish: TeslaWish, settled: (said: string) => void): void {
    const { clock, air } = this.#world;
    const patience = clock.after(PATIENCE_MS, "patience", () => this.#settle("no answer"));
    this.#errand = { wish, settled, patience, step: { kind: "connecting" } };
    this.#stream = new MessageStream();
    air.connect(this.radio, car, () => this.#settle("the car is out of reach"));
  }

  #opened(end: LinkEnd): void {
    this.#end = end;
    if (this.#errand === undefined) return end.close();
    const { message, uuid } = this.client.handshake(DOORS);
    this.#errand.step = { kind: "greeting", uuid };
    this.#send(message);
  }

  #received(bytes: Uint8Array): void {
    for (const message of this.#stream.accept(bytes, this.#world.clock.monotonicMs())) this.#heard(this.client.read(message));
  }

  #heard(answer: RoutableMessage): void {
    const errand = this.#errand;
    const address = answer.toDestination?.routingAddress;
    if (errand === undefined || address === undefined || toHex(address) !== toHex(this.client.address)) return;
    const nowMs = this.#world.clock.monotonicMs();
    if (errand.step.kind === "greeting") {
      const info = this.client.takeSessionInfo(answer, errand.step.uuid, nowMs);
      if (info === undefined || (info.status ?? 0) !== 0) return this.#settle("the car knows no such key");
      const sent = this.client.command(DOORS, this.#world.codec.encode("UnsignedMessage", { rkeAction: ACTIONS[errand.wish] }), nowMs);
      errand.step = { kind: "asking", sent };
      return this.#send(sent.message);
    }
    if (errand.step.kind !== "asking") return;
    const payload = this.client.open(answer, errand.step.sent);
    if (payload === undefined) return this.#settle(`refused: fault ${answer.signedMessageStatus?.signedMessageFault ?? 0}`);
    const told = this.#world.codec.decode("FromVcsecMessage", payload);
    this.#settle(told !== undefined && wasDone(told) ? "done" : "refused");
  }

  #settle(said: string): void {
    const errand = this.#errand;
    this.#errand = undefined;
    if (errand === undefined) return;
    this.#world.clock.cancel(errand.patience);
    this.#end?.close();
    this.#end = undefined;
    this.#world.clock.after(0, "settled", () => errand.settled(said));
  }

  #send(message: Uint8Array): void {
    const end = this.#end;
    if (end === undefined) return;
    for (const piece of toPieces(message, end.attPayloadBytes)) end.send(piece);
  }
}
