import { CLOUD_MODES, type Act, type Done } from "./act.ts";
import { COMFORT_ACTS } from "./comfort-acts.ts";
import { askPhone } from "./phone-acts.ts";
import { describeWorld } from "./status.ts";
import { SOMEBODY, WorldRefusal, type Surroundings } from "./surroundings.ts";
import { TESLA_ACTS } from "./tesla-acts.ts";
import { pushUpdate } from "./update-acts.ts";
import { chosen, latchOf, millivoltsOf, numberOf, phoneOf } from "./words.ts";
import { SKIP_MS_MAX } from "../board/virtual/index.ts";
import type { LatchFault } from "../../sim/body/index.ts";

/** Up to the end of the year 9999: what a wall clock can show. */
const TIME_BOUNDS = { min: 0, max: 253_402_300_799 };

function dateOf(unixS: number): string {
  const inRange = unixS >= 0 && unixS <= TIME_BOUNDS.max;
  return inRange ? new Date(unixS * 1000).toISOString() : `${unixS} s, which is no date`;
}

/** Everything `latchkey world` can do, by its first word. Each answers with a sentence and, where there is one, a value. */
export const ACTS: Readonly<Record<string, Act>> = {
  door: ({ board }, [latchName, way]) => {
    const latch = latchOf(board, latchName);
    if (chosen(way, ["open", "close"]) === "close") {
      board.enter(() => board.body.close(latch));
      return { text: `${latch} is shut` };
    }
    const open = board.enter(() => board.body.pullOutsideHandle(latch));
    if (!open) throw new WorldRefusal(`${latch} is locked: the outside handle opens nothing`);
    return { text: `${latch} is open` };
  },

  handle: ({ board }, [latchName]) => {
    const latch = latchOf(board, latchName);
    board.enter(() => board.body.pullInsideHandle(latch));
    return { text: `${latch} opened from inside` };
  },

  latch: ({ board }, [latchName, state]) => {
    const latch = latchOf(board, latchName);
    const faults = { jam: { kind: "jam" }, stall: { kind: "stall", times: 1 }, silent: { kind: "noAnswer" }, dead: { kind: "deadMotor" }, free: { kind: "none" } } as const satisfies Record<string, LatchFault>;
    const word = chosen(state, Object.keys(faults) as (keyof typeof faults)[]);
    board.enter(() => board.body.setFault(latch, faults[word]));
    return { text: `${latch}: ${word}` };
  },

  cloud: ({ board }, [mode]) => {
    board.cloud.mode = chosen(mode, CLOUD_MODES);
    return { text: `the cloud is ${board.cloud.mode}` };
  },

  distance: ({ board }, [name, metres]) => {
    const phone = phoneOf(board, name);
    board.move(phone, numberOf(metres, "METRES", { min: 0, max: 1000 }));
    return { text: `${phone.name} is ${board.distanceOf(phone).toFixed(1)} m away` };
  },

  battery: ({ board }, [text]) => {
    const millivolts = millivoltsOf(text);
    board.enter(() => board.body.battery.ramp(millivolts, 0));
    return { text: `the supply is at ${(millivolts / 1000).toFixed(2)} V` };
  },

  clock: async ({ board, car }, [text], progress) => {
    const seconds = numberOf(text, "SECONDS", { min: 0, max: SKIP_MS_MAX / 1000 });
    await board.skip(Math.round(seconds * 1000), () => car.waiting, (passedMs) => progress(`${Math.floor(passedMs / 1000)} of ${seconds} s have passed`));
    return { text: `${seconds} s have passed; it is ${new Date(board.unixS() * 1000).toISOString()}` };
  },

  time: ({ board }, [source, how, seconds]) => {
    const told = chosen(source, ["gps", "rtc"]);
    const relative = how === "ahead" || how === "back";
    const value = relative ? numberOf(seconds, "SECONDS", TIME_BOUNDS) : numberOf(how, "UNIX (or: ahead SECONDS, back SECONDS)", TIME_BOUNDS);
    const unixS = Math.round(relative ? board.unixS() + (how === "ahead" ? value : -value) : value);
    board.reportTime(told, unixS);
    return { text: `${told} told the car ${dateOf(unixS)}` };
  },

  card: ({ board }, [name, where, ...how]) => {
    const place = chosen(where, ["outside", "inside"]);
    const words = new Set(how.map((word) => chosen(word, ["own", "relayed"])));
    const [own, relayed] = [words.has("own"), words.has("relayed")];
    if (!/^[\w-]{1,32}$/.test(name ?? "")) throw new WorldRefusal("a card's name is 1 to 32 letters, digits, - and _");
    if (own && board.cards.typeOf(name!) === "tesla") throw new WorldRefusal(`${name!} is a card of the Tesla type already; take another name`);
    const held = board.enter(() => board.cards.tap(name!, place, { relayed, newType: own ? "own" : "tesla" }));
    if (!held) throw new WorldRefusal("there are too many cards in this world");
    return { text: `${name}${board.cards.typeOf(name!) === "own" ? ", a card of our own type," : ""} is held to the reader ${place}${relayed ? ", through a relay" : ""}; the car says in its log what it makes of it` };
  },

  place: ({ board }, [latitude, longitude]) => {
    board.moveCar(numberOf(latitude, "LATITUDE", { min: -90, max: 90 }), numberOf(longitude, "LONGITUDE", { min: -180, max: 180 }));
    return { text: `the car stands at ${board.place.latitudeDeg}, ${board.place.longitudeDeg}` };
  },

  keypad: ({ car }, [digits]) => {
    if (!/^[0-9]{1,16}$/.test(digits ?? "")) throw new WorldRefusal("the keypad has digits alone, 16 at most");
    car.dispatch({ kind: "keypadEntered", digits: digits! });
    return { text: "typed at the keypad; the car says in its log what it makes of it" };
  },

  crash: ({ board }) => {
    const { crash } = board.description;
    if (crash === undefined) throw new WorldRefusal("this car has no crash input in its description");
    board.enter(() => board.body.pulseCrashWire(crash.pulses, Math.round((crash.pulseMsMin + crash.pulseMsMax) / 2), 20));
    return { text: "the airbag unit has pulsed its wire; the car counts it only while it is, or just was, driven" };
  },

  drive: ({ board }, [what]) => {
    if (chosen(what, ["start", "stop"]) === "stop") {
      board.enter(() => board.body.stopPowertrain());
      return { text: "the car stands, powertrain off" };
    }
    if (!board.body.occupied) throw new WorldRefusal("nobody is in the car: latchkey world occupant in");
    if (board.systems.state.charge.cablePlugged) throw new WorldRefusal("a cable is plugged in: latchkey world plug out");
    const runs = board.enter(() => {
      if (!board.body.start()) return false;
      board.body.setMoving(true);
      return true;
    });
    if (!runs) throw new WorldRefusal("the immobiliser is set: a key must authorise drive first (latchkey key drive)");
    return { text: "the car drives" };
  },

  occupant: ({ board }, [way]) => {
    const latch = board.description.latches.find(({ kind }) => kind === "door")?.id;
    if (latch === undefined) throw new WorldRefusal("this car has no door");
    return board.enter(() => {
      if (chosen(way, ["in", "out"]) === "in") {
        if (board.body.occupied) throw new WorldRefusal("somebody is in the car already");
        if (!board.body.pullOutsideHandle(latch)) throw new WorldRefusal(`${latch} is locked: unlock the car first`);
        board.body.enter(SOMEBODY, latch);
        board.body.close(latch);
        return { text: "somebody got in and shut the door" };
      }
      if (!board.body.occupied) throw new WorldRefusal("nobody is in the car");
      for (const person of board.body.occupants) board.body.leave(person, latch);
      board.body.close(latch);
      return { text: "the car is empty, the door shut" };
    });
  },

  "reset-button": ({ board }, [what]) => {
    if (board.description.resetInput === undefined) throw new WorldRefusal("this car has no reset button in its description");
    const pressed = chosen(what, ["hold", "release"]) === "hold";
    board.enter(() => board.body.setResetButton(pressed));
    return { text: pressed ? "somebody holds the button inside" : "the button inside is free" };
  },

  ...COMFORT_ACTS,

  phone: askPhone,

  ...TESLA_ACTS,

  update: pushUpdate,

  status: (around) => {
    const data = describeWorld(around);
    return { text: JSON.stringify(data, undefined, 2), data };
  },
};

/** Does what the words ask. Throws {@link WorldRefusal} with a sentence where it cannot be done. */
export async function act(around: Surroundings, words: readonly string[], progress: (text: string) => void = () => undefined): Promise<Done> {
  const [name, ...rest] = words;
  const found = name !== undefined && Object.hasOwn(ACTS, name) ? ACTS[name] : undefined;
  if (found === undefined) throw new WorldRefusal(`the world knows no "${name ?? ""}"; it knows: ${Object.keys(ACTS).join(", ")}`);
  return found(around, rest, progress);
}
