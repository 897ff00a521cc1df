import { listsToDeliver, nextLogCommand, readLogPage, windowFromNow, type LogPage } from "../../firmware/key/index.ts";
import { REASONS, type Command } from "../../firmware/wire/index.ts";
import type { PhoneOutcome, SimPhone } from "../../sim/phone/index.ts";
import type { RunningCar } from "../board/running-car.ts";
import type { VirtualBoard } from "../board/virtual/index.ts";
import { ask, explain } from "../world/phone-acts.ts";
import { WorldRefusal } from "../world/surroundings.ts";

const GUEST_HOURS = 2;
const COUNTED_USES = 3;
/** Steps that arrows move a phone by: finer near the car, to beyond its reach. */
const STEPS_M = [0, 1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 80];

/** What the person at the keyboard does with the simulated phones. Each answers with a sentence for the status line. */
export class Phones {
  readonly #board: VirtualBoard;
  readonly #car: RunningCar;
  #selected = 0;
  #grantId: string | undefined;

  constructor(board: VirtualBoard, car: RunningCar) {
    this.#board = board;
    this.#car = car;
  }

  get all(): readonly SimPhone[] {
    return [...this.#board.phones.values()];
  }

  get selected(): SimPhone {
    return this.all[this.#selected]!;
  }

  selectNext(): string {
    this.#selected = (this.#selected + 1) % this.all.length;
    return `${this.selected.name} is selected`;
  }

  move(direction: 1 | -1): string {
    const metres = this.#board.distanceOf(this.selected);
    const steps = direction > 0 ? STEPS_M : [...STEPS_M].reverse();
    const next = steps.find((step) => (direction > 0 ? step > metres + 0.05 : step < metres - 0.05)) ?? metres;
    this.#board.move(this.selected, next);
    return next === 0 ? `${this.selected.name}'s phone is in the cabin` : `${this.selected.name}'s phone is ${next} m away`;
  }

  async ask(command: Command): Promise<string> {
    const phone = this.selected;
    if (phone.onlyVehicleId === undefined) return `${phone.name} has no key for this car: ${this.#car.isClaimed ? "g shares one" : "p shows the first owner's code"}`;
    const outcome = await ask({ board: this.#board, car: this.#car }, phone, command);
    if (outcome.kind === "refused" && outcome.reason === "nothingToDo") return `${phone.name}: it is so already`;
    return outcome.kind === "done" ? `${phone.name}: ${command.kind} accepted` : `${phone.name}: ${explain(outcome)}`;
  }

  /** The selected phone scans the code that the car shows. */
  async pair(): Promise<string> {
    const { claim } = this.#car;
    const phone = this.selected;
    if (claim === undefined) return "no code is shown";
    const outcome = await new Promise<PhoneOutcome>((resolve) => this.#board.enter(() => phone.pair(this.#board.airRadio.radio, claim.uri, "car", resolve)));
    return outcome.kind === "paired" ? `${phone.name} is the owner` : `${phone.name}: ${explain(outcome)}`;
  }

  /** The owner's phone signs a grant for the other one; the car hears nothing of it. */
  share(counted: boolean): string {
    const owner = this.owner();
    const guest = this.all.find((phone) => phone !== owner);
    if (owner === undefined || guest === undefined) return "only an owner shares; the car has none among these phones";
    const vehicleId = owner.onlyVehicleId!;
    const nowS = this.#board.unixS();
    const window = counted
      ? { notBeforeS: undefined, expiresAtS: undefined, uses: COUNTED_USES }
      : { ...windowFromNow(nowS, GUEST_HOURS * 3600), uses: undefined };
    const shared = owner.share(vehicleId, guest.invitation, { role: "guest", actions: ["unlock", "lock", "trunk", "drive"], ...window });
    if (!shared.ok) return `${owner.name} cannot share: ${shared.error}`;
    const accepted = guest.accept(shared.value.text);
    if (!accepted.ok) return `${guest.name} cannot take it: ${accepted.error}`;
    this.#grantId = shared.value.grantId;
    return `${owner.name} gave ${guest.name} a guest key for ${counted ? `${COUNTED_USES} uses` : `${GUEST_HOURS} hours`}; no cloud, and the car learns it when ${guest.name} comes`;
  }

  /** The owner's phone signs a revocation and hands it over, now or when it is next in reach. */
  async revoke(): Promise<string> {
    const owner = this.owner();
    const vehicleId = owner?.onlyVehicleId;
    if (owner === undefined || vehicleId === undefined || this.#grantId === undefined) return "no guest key is out";
    const revoked = owner.revoke(vehicleId, this.#grantId);
    if (!revoked.ok) return `${owner.name} cannot revoke: ${revoked.error}`;
    this.#grantId = undefined;
    for (const list of listsToDeliver(owner.wallet, vehicleId)) {
      const outcome = await ask({ board: this.#board, car: this.#car }, owner, { kind: "deliverList", list });
      const delivered = outcome.kind === "done" || (outcome.kind === "refused" && outcome.reason === "olderList");
      if (!delivered) return `revoked and signed; the car learns it when ${owner.name}'s phone is near (${explain(outcome)})`;
    }
    return "the guest key is revoked; the car has the signed list";
  }

  /** Who did what, read and verified by the owner's phone: lines to show. */
  async readLog(progress: (text: string) => void): Promise<readonly string[]> {
    const owner = this.owner();
    const vehicleId = owner?.onlyVehicleId;
    if (owner === undefined || vehicleId === undefined) throw new WorldRefusal("the log is for owners; none of these phones is one");
    const { crypto } = this.#board.ports;
    const pages: LogPage[] = [];
    for (;;) {
      const command = nextLogCommand(crypto, owner.wallet, { vehicleId, from: "start", pages });
      if (command === undefined) break;
      progress(`${owner.name} reads the log, page ${pages.length + 1}`);
      const outcome = await ask({ board: this.#board, car: this.#car }, owner, command);
      if (outcome.kind !== "done") throw new WorldRefusal(`${owner.name} cannot read the log: ${explain(outcome)}`);
      const page = readLogPage(outcome.reply);
      if (!page.ok) throw new WorldRefusal("the car's answer is no log");
      pages.push(page.value);
    }
    const checked = owner.checkLog(vehicleId, pages);
    if (!checked.ok) throw new WorldRefusal(`the log does NOT verify: ${checked.error.kind}`);
    const { entries, head } = checked.value;
    const names = this.#names(owner);
    const lines = entries.map(({ sequence, atS, who, what, outcome, why }) => {
      const at = atS === undefined ? "--:--:--" : new Date(atS * 1000).toISOString().slice(11, 19);
      return ` ${String(sequence).padStart(4)}  ${at}  ${outcome.padEnd(7)}  ${names.get(who) ?? this.#car.controller.nameOf(who)}: ${what}  ${sayWhy(why)}`.trimEnd();
    });
    return [...lines, "", ` verified by ${owner.name}'s phone: ${head.sequence} lines in one chain, its head signed by the car`];
  }

  owner(): SimPhone | undefined {
    return this.all.find((phone) => phone.wallet.cars[0]?.role === "owner");
  }

  #names(owner: SimPhone): ReadonlyMap<string, string> {
    const issued = owner.wallet.cars[0]?.issuer.grants ?? [];
    return new Map(issued.map((grant) => [grant.holder.slice(0, 16), `${grant.name} (${grant.role})`]));
  }
}

/** The rule behind a reason name. */
function sayWhy(why: string): string {
  return Object.hasOwn(REASONS, why) ? REASONS[why as keyof typeof REASONS].rule : why;
}
