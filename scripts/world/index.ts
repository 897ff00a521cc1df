import { CommandFailure, EXIT, type ExitCode, type OptionDescription, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { callCar } from "../console/find.ts";

const OPTIONS: Readonly<Record<string, OptionDescription>> = {
  flash: { type: "string", value: "FILE", help: "which virtual car, by its flash file (default: the only one running)" },
};

/** One row: the act, its positionals, what it does, an example's words. */
const ROWS: readonly (readonly [name: string, positionals: readonly string[], summary: string, example: string])[] = [
  ["door", ["LATCH", "open|close"], "pull the outside handle, or shut the door", "driverDoor open"],
  ["handle", ["LATCH"], "pull the handle inside: always opens", "driverDoor"],
  ["latch", ["LATCH", "jam|stall|silent|dead|free"], "break a latch, or mend it", "trunk jam"],
  ["cloud", ["up|down|slow|lying|gone"], "what the maker's servers do", "down"],
  ["distance", ["PHONE", "METRES"], "put a simulated phone somewhere (0: in the cabin)", "anna 12"],
  ["battery", ["VOLTS"], "set the supply: 11.5, 11.5V or 11500", "10.2"],
  ["clock", ["SECONDS"], "let time pass at once", "7200"],
  ["time", ["gps|rtc", "UNIX|ahead|back", "[SECONDS]"], "report a time to the car, as GPS or the clock chip would", "gps back 86400"],
  ["card", ["NAME", "outside|inside", "[own]", "[relayed]"], "hold a card to a reader of the car; own: a new one is of our own type", "wallet outside"],
  ["place", ["LATITUDE", "LONGITUDE"], "put the car somewhere on earth; its receiver tells", "47.3769 8.5417"],
  ["keypad", ["DIGITS"], "type a PIN at the keypad of the (virtual) car", "4711"],
  ["crash", [], "pulse the airbag unit's wire", ""],
  ["drive", ["start|stop"], "press start and drive off, or park", "start"],
  ["occupant", ["in|out"], "somebody gets in, or everybody out", "in"],
  ["reset-button", ["hold|release"], "the button inside that a factory reset needs", "hold"],
  ["plug", ["in|out"], "plug a charging cable into the car, or take it out", "in"],
  ["charge", ["PERCENT"], "set the level of the traction battery", "35"],
  ["temperature", ["CELSIUS"], "set the temperature outside the car; below zero stands behind --", "-- -5"],
  ["sleep", [], "the car's screens go dark and answer nobody until they are woken", ""],
  ["wake", [], "wake them; they take three seconds", ""],
  ["phone", ["NAME", "unlock|lock|trunk|drive|status|pair"], "a simulated phone asks the car", "anna unlock"],
  ["update", ["good|bad|wrong-model|older|truncated|crashing"], "push an update at the car, from its maker or (bad) from somebody else", "bad"],
  ["tap-card", ["[NAME]", "[yes|no|nothing]"], "for a key that a Tesla client asks for: tap a card inside, and answer on the car's screen; a car without an owner is delivered first", ""],
  ["fault", ["KIND", "[N]"], "misbehave to the next N messages of Tesla clients: none, drop, wait, delay MILLISECONDS, wrong-epoch, stale-session, full-whitelist, or a fault by its name, such as timeExpired", "timeExpired 3"],
  ["status", [], "the whole world as JSON", ""],
];

/** `latchkey world`: drives a running virtual car through its 0600 unix socket. */
export const SUBCOMMANDS: readonly Subcommand[] = ROWS.map(([name, positionals, summary, example]) => ({
  name: `world ${name}`,
  summary,
  positionals,
  options: OPTIONS,
  examples: [`latchkey world ${name} ${example}`.trimEnd()],
  run: (values, words, output) => run(values, [name, ...words], output),
}));

async function run(values: OptionValues, words: readonly string[], output: Output): Promise<ExitCode> {
  const flash = values["flash"];
  const call = await callCar("world", typeof flash === "string" ? flash : undefined, { do: "act", words });
  let answer = await call.next();
  for (; answer?.["progress"] !== undefined; answer = await call.next()) output.say(`${String(answer["progress"])}...`);
  call.close();
  if (answer === undefined) throw new CommandFailure("the car has stopped before it answered");
  if (answer["ok"] !== true) throw new CommandFailure(String(answer["message"]));
  const text = String(answer["text"]);
  output.answer(words[0] === "status" ? answer["data"] : { ok: true, text, ...(answer["data"] as object) }, text);
  return EXIT.ok;
}
