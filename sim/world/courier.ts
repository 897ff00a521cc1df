import type { Command } from "../../firmware/wire/index.ts";
import type { CloudAnswer, CloudRequest, Uplink } from "../cloud/index.ts";
import type { Connection, FrameCarrier, Settled, SimPhone } from "../phone/index.ts";
import type { Car } from "./car.ts";
import type { World } from "./world.ts";

/** How often an app looks for answers while it waits. */
const POLL_MS = 300;
/** A remote link on which nothing comes ends after this; so does a phone's waiting. */
const IDLE_MS = 20_000;
/** One frame is one message of the courier. */
const ATT_PAYLOAD_BYTES = 512;

/**
 * The cloud as a courier between a phone and its car: it carries the frames of the same protected session that a radio carries,
 * and can read, change or make none of them. The car takes its link as remote: it proves no proximity, and never drives.
 */
export class Courier {
  readonly #world: World;
  readonly #car: Car;
  readonly #account: string;
  readonly #carUplink: Uplink;
  #remote: CourierEnd | undefined;

  /** Opens `account` for the car at the cloud, and listens for what comes for the car. `uplink`: the car's way to the cloud. */
  constructor(world: World, car: Car, account: string, uplink: Uplink = world.cloud.addUplink()) {
    this.#world = world;
    this.#car = car;
    this.#account = account;
    this.#carUplink = uplink;
    world.cloud.addAccount(account, [car.name]);
    world.cloud.wakeFor(car.name, this.#carUplink, () => this.#fetchForCar());
  }

  /** Asks the car through the cloud. Settles once; a cloud that does not carry fails it like a lost link. */
  ask(phone: SimPhone, vehicleId: string, command: Command, settled: Settled): void {
    const uplink = this.#world.cloud.addUplink();
    uplink.request({ kind: "logIn", account: this.#account }, (answer) => {
      if (answer.status === 200 && answer.body.kind === "session") this.#askIn(phone, { uplink, session: answer.body.session }, { vehicleId, command, settled });
      else settled({ kind: "failed", why: "linkLost", mayHaveSucceeded: false });
    });
  }

  #askIn(
    phone: SimPhone,
    app: { readonly uplink: Uplink; readonly session: string },
    wish: { readonly vehicleId: string; readonly command: Command; readonly settled: Settled },
  ): void {
    const car = this.#car.name;
    const end = new CourierEnd(app.uplink, (command) => ({ kind: "sendCommand", session: app.session, car, command }), () => connection?.lost());
    const connection: Connection | undefined = phone.connectOver(wish.vehicleId, end);
    connection.ask(wish.command, (outcome) => {
      end.close();
      wish.settled(outcome);
    });
    this.#poll(app, end, connection, this.#world.clock.monotonicMs() + IDLE_MS);
  }

  #poll(app: { readonly uplink: Uplink; readonly session: string }, end: CourierEnd, connection: Connection, untilMs: number): void {
    if (!end.open) return;
    if (this.#world.clock.monotonicMs() >= untilMs) {
      end.close();
      connection.lost();
      return;
    }
    app.uplink.request({ kind: "fetchAnswers", session: app.session, car: this.#car.name }, (answer) => {
      for (const frame of bytesOf(answer)) connection.received(frame);
      this.#world.clock.after(POLL_MS, "app polls", () => this.#poll(app, end, connection, untilMs));
    });
  }

  #fetchForCar(): void {
    this.#carUplink.request({ kind: "fetchCommands", car: this.#car.name }, (answer) => {
      for (const frame of bytesOf(answer)) this.#deliver(frame);
    });
  }

  #deliver(frame: Uint8Array): void {
    const { board, name } = this.#car;
    if (board === undefined || frame.length > ATT_PAYLOAD_BYTES) return;
    if (this.#remote?.open !== true) {
      const end: CourierEnd = new CourierEnd(this.#carUplink, (answer) => ({ kind: "sendAnswer", car: name, answer }), () => board.linkClosed(end));
      this.#remote = end;
      board.remoteLinkOpened(end);
      this.#world.clock.after(IDLE_MS, "courier link ends", () => end.end());
    }
    board.received(this.#remote, frame);
  }
}

/** One side's way into the cloud: one frame at a time, so that none overtakes another. */
class CourierEnd implements FrameCarrier {
  readonly attPayloadBytes = ATT_PAYLOAD_BYTES;
  readonly #uplink: Uplink;
  readonly #wrap: (frame: Uint8Array) => CloudRequest;
  readonly #lost: () => void;
  readonly #queue: Uint8Array[] = [];
  #sending = false;
  #open = true;

  constructor(uplink: Uplink, wrap: (frame: Uint8Array) => CloudRequest, lost: () => void) {
    this.#uplink = uplink;
    this.#wrap = wrap;
    this.#lost = lost;
  }

  get open(): boolean {
    return this.#open;
  }

  send(frame: Uint8Array): void {
    if (!this.#open) return;
    this.#queue.push(frame);
    this.#next();
  }

  /** What was handed over is still carried. */
  close(): void {
    this.#open = false;
  }

  /** The link is over: whoever is behind it hears of it once. */
  end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#lost();
  }

  #next(): void {
    const frame = this.#queue[0];
    if (frame === undefined || this.#sending) return;
    this.#sending = true;
    this.#uplink.request(this.#wrap(frame), (answer) => {
      this.#sending = false;
      this.#queue.shift();
      if (answer.status === 200) this.#next();
      else this.end();
    });
  }
}

function bytesOf(answer: CloudAnswer): readonly Uint8Array[] {
  return answer.status === 200 && answer.body.kind === "commands" ? answer.body.commands : [];
}
