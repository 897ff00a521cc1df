import { utf8Decode, utf8Encode } from "../../firmware/base/index.ts";
import type { ControllerEvent, Effect, LinkId } from "../../firmware/controller/index.ts";
import type { LatchId, VehicleDescription } from "../../firmware/lock/index.ts";
import type { ClockPort } from "../../firmware/ports/index.ts";
import type { Cloud, Uplink } from "../cloud/index.ts";
import type { ControllerLike } from "../world/index.ts";
import type { BaselineSettings } from "./settings.ts";

/** Keys the caricature stores. */
const KEY_COUNT_MAX = 64;

/** Hours between two attempts to renew a lease, so that one bad hour does not stop the car. */
const RENEWALS_PER_LEASE = 24;

/** A key the car was told about while it had a network. Unix seconds; undefined: without limit. */
export interface BaselineKey {
  readonly token: string;
  readonly notBeforeS?: number;
  readonly expiresAtS?: number;
}

export interface BaselinePorts {
  readonly clock: ClockPort;
  readonly vehicle: VehicleDescription;
  readonly car: string;
  readonly cloud: Cloud;
  readonly uplink: Uplink;
  /** Performs what no event asked for: an answer of the cloud, a lost satellite. */
  perform(effects: readonly Effect[]): void;
}

type Action = "unlock" | "lock" | "drive";

/**
 * A small cloud-dependent controller, for contrast: a caricature with one trait per incident (see {@link BaselineSettings}), no
 * model of any product. App commands are authorised by the server each time; local keys are tokens the car was given; it believes
 * the clock it is told. It has no security at all: the contrast is about who gets in when servers, links, clocks and batteries fail.
 */
export class BaselineController implements ControllerLike {
  readonly #ports: BaselinePorts;
  readonly #settings: BaselineSettings;
  readonly #keys = new Map<string, BaselineKey>();
  readonly #open = new Set<string>();
  readonly #locked = new Map<string, boolean>();
  #toldUnixS: number | undefined;
  #toldAtMs = 0;
  #renewedAtMs = 0;
  #satelliteLostAtMs: number | undefined;
  #immobilised = false;
  #autoLockAtMs: number | undefined;
  #unlockedAtMs: number | undefined;
  #renewAtMs: number | undefined;
  #spoilt = false;

  constructor(ports: BaselinePorts, settings: BaselineSettings) {
    this.#ports = ports;
    this.#settings = settings;
    this.#renewedAtMs = ports.clock.monotonicMs();
    if (settings.leaseMs !== undefined) this.#renewAtMs = this.#renewedAtMs + this.#renewEveryMs(settings.leaseMs);
    ports.cloud.wakeFor(ports.car, ports.uplink, () => this.#fetch());
  }

  /** Tells the car of a key, as its server did while there was a network. False where it holds no more. */
  enrol(key: BaselineKey): boolean {
    if (this.#keys.size >= KEY_COUNT_MAX) return false;
    this.#keys.set(key.token, key);
    return true;
  }

  /** Its server takes a key away, or its limits. */
  forget(token: string): void {
    this.#keys.delete(token);
  }

  forgetAll(): void {
    this.#keys.clear();
  }

  /** An update that does not run was written over the program that did: the board does nothing any more. */
  spoilProgram(): void {
    this.#spoilt = true;
  }

  /** When it last unlocked for anybody; undefined: never. */
  get unlockedAtMs(): number | undefined {
    return this.#unlockedAtMs;
  }

  /** What booting wants done first. */
  start(): readonly Effect[] {
    return [{ kind: "advertise", identity: utf8Encode(this.#ports.car).slice(0, 8), connectable: true }, this.#wakeAt()];
  }

  /** The anti-theft module's satellite link came or went. */
  satelliteChanged(present: boolean): void {
    this.#satelliteLostAtMs = present ? undefined : this.#ports.clock.monotonicMs();
    if (present) this.#immobilised = false;
    this.#ports.perform([this.#wakeAt()]);
  }

  handle(event: ControllerEvent): readonly Effect[] {
    if (this.#spoilt) return [];
    switch (event.kind) {
      case "frameReceived":
        return this.#frame(event.link, event.bytes);
      case "doorChanged":
        if (event.open) this.#open.add(event.latch);
        else this.#open.delete(event.latch);
        this.#autoLockAtMs = this.#open.size > 0 ? undefined : this.#ports.clock.monotonicMs() + this.#settings.autoLockMs;
        return [this.#wakeAt()];
      case "latchReported":
        if (event.report !== "stalled") this.#locked.set(event.latch, event.report === "locked");
        return [];
      case "timeReported":
        this.#toldUnixS = event.unixS;
        this.#toldAtMs = this.#ports.clock.monotonicMs();
        return [];
      case "woke":
        return this.#woke();
      case "insideHandlePulled":
        return this.#driveAll("unlocked", [event.latch]);
      case "linkOpened":
      case "attPayloadChanged":
      case "linkClosed":
      case "deviceLocated":
      case "rangeMeasured":
      case "inputPulsed":
      case "inputChanged":
      case "occupancyChanged":
      case "powertrainChanged":
      case "supplyMeasured":
      case "keyRequestAnswered":
      case "linkUsed":
      case "comfortReported":
      case "comfortPinChecked":
      case "infotainmentChanged":
      case "claimRequested":
      case "claimCancelled":
      case "positionReported":
      case "listCarried":
      case "cardEntered":
      case "cardAnswered":
      case "cardLeft":
      case "keypadEntered":
      case "pinHashed":
      case "releaseStarted":
      case "updateOffered":
      case "updatePieceArrived":
      case "slotWritten":
      case "slotChecked":
      case "slotFailed":
      case "trialArmed":
      case "trialConfirmed":
        return [];
    }
  }

  durable(): void {
    // Nothing of it is on flash: it is told everything again by its server.
  }

  status(): ReadonlyMap<string, string | number | boolean> {
    const status = new Map<string, string | number | boolean>();
    for (const latch of this.#ports.vehicle.latches) {
      status.set(`${latch.vssPath}.IsOpen`, this.#open.has(latch.id));
      status.set(`${latch.vssPath}.IsLocked`, this.#locked.get(latch.id) ?? false);
    }
    return status;
  }

  #frame(link: LinkId, bytes: Uint8Array): readonly Effect[] {
    const [action, token] = (utf8Decode(bytes) ?? "").split(" ");
    const key = this.#keys.get(token ?? "");
    const answer = (text: string): Effect => ({ kind: "send", link, bytes: utf8Encode(text) });
    if (!isAction(action) || key === undefined) return [answer("refused: no such key")];
    const refusal = this.#refusal(key, action);
    return refusal === undefined ? [...this.#act(action), answer("done")] : [answer(`refused: ${refusal}`)];
  }

  #refusal(key: BaselineKey, action: Action): string | undefined {
    const nowS = this.#nowUnixS();
    if (nowS !== undefined && key.notBeforeS !== undefined && nowS < key.notBeforeS) return "not valid yet";
    if (nowS !== undefined && key.expiresAtS !== undefined && nowS >= key.expiresAtS) return "expired";
    if (action !== "drive") return undefined;
    if (this.#immobilised) return "immobilised";
    const { leaseMs } = this.#settings;
    return leaseMs !== undefined && this.#ports.clock.monotonicMs() - this.#renewedAtMs > leaseMs ? "no contact with the server" : undefined;
  }

  #act(action: Action): readonly Effect[] {
    if (action === "drive") return [{ kind: "setImmobiliser", released: true, limited: false }];
    if (action === "unlock") this.#unlockedAtMs = this.#ports.clock.monotonicMs();
    return this.#driveAll(action === "unlock" ? "unlocked" : "locked");
  }

  #driveAll(toward: "locked" | "unlocked", only?: readonly LatchId[]): readonly Effect[] {
    return this.#ports.vehicle.latches.filter(({ id }) => only?.includes(id) ?? true).map((latch) => ({ kind: "driveLatch", latch: latch.id, toward, pulseMs: latch.pulseMs }));
  }

  #woke(): readonly Effect[] {
    const nowMs = this.#ports.clock.monotonicMs();
    const effects: Effect[] = [];
    if (this.#autoLockAtMs !== undefined && nowMs >= this.#autoLockAtMs) {
      this.#autoLockAtMs = undefined;
      effects.push(...this.#driveAll("locked"));
    }
    const immobiliseAtMs = this.#immobiliseAtMs();
    if (immobiliseAtMs !== undefined && nowMs >= immobiliseAtMs) {
      this.#immobilised = true;
      effects.push({ kind: "setImmobiliser", released: false, limited: false }, ...this.#driveAll("locked"));
    }
    if (this.#renewAtMs !== undefined && nowMs >= this.#renewAtMs) this.#renew(nowMs);
    return [...effects, this.#wakeAt()];
  }

  #renew(nowMs: number): void {
    this.#renewAtMs = nowMs + this.#renewEveryMs(this.#settings.leaseMs!);
    this.#ports.uplink.request({ kind: "renewLease", car: this.#ports.car }, (answer) => {
      if (answer.status === 200) this.#renewedAtMs = this.#ports.clock.monotonicMs();
    });
  }

  #renewEveryMs(leaseMs: number): number {
    return Math.max(1, Math.floor(leaseMs / RENEWALS_PER_LEASE));
  }

  #immobiliseAtMs(): number | undefined {
    const { immobiliseAfterLinkLossMs } = this.#settings;
    if (immobiliseAfterLinkLossMs === undefined || this.#satelliteLostAtMs === undefined || this.#immobilised) return undefined;
    return this.#satelliteLostAtMs + immobiliseAfterLinkLossMs;
  }

  #wakeAt(): Effect {
    const moments = [this.#autoLockAtMs, this.#renewAtMs, this.#immobiliseAtMs()].filter((moment) => moment !== undefined);
    return { kind: "wakeAt", atMs: moments.length === 0 ? undefined : Math.min(...moments) };
  }

  #nowUnixS(): number | undefined {
    if (this.#toldUnixS === undefined) return undefined;
    return this.#toldUnixS + Math.floor((this.#ports.clock.monotonicMs() - this.#toldAtMs) / 1000);
  }

  /** Fetches what the app handed over and asks the server whether to obey, command by command. */
  #fetch(): void {
    if (this.#spoilt) return;
    const { uplink, car } = this.#ports;
    uplink.request({ kind: "fetchCommands", car }, (answer) => {
      if (answer.status !== 200 || answer.body.kind !== "commands") return;
      for (const command of answer.body.commands) this.#authorise(utf8Decode(command) ?? "");
    });
  }

  #authorise(command: string): void {
    const { uplink, car } = this.#ports;
    const [action, session] = command.split(" ");
    if (!isAction(action) || session === undefined) return;
    uplink.request({ kind: "authorise", session, car }, (answer) => {
      if (answer.status === 200 && !(action === "drive" && this.#immobilised)) this.#ports.perform(this.#act(action));
    });
  }
}

function isAction(word: string | undefined): word is Action {
  return word === "unlock" || word === "lock" || word === "drive";
}
