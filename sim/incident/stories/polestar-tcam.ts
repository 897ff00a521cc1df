import type { Expectation, Incident, TimedStep } from "../format.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

type Path = "cardReaders" | "carRadio" | "uplink";

interface Stage {
  readonly dead: readonly Path[];
  /** One after the other, each before a locked car. */
  readonly tries: readonly Omit<Expectation, "atMs" | "action">[];
}

const STAGES: readonly Stage[] = [
  {
    dead: ["cardReaders"],
    tries: [
      { who: "second owner", expect: "in", reported: "out", because: "An owner's phone is a key of its own, on a path that knows nothing of the reader." },
      { who: "card holder", expect: "out", reported: "out", because: "No card is read: that is the fault itself." },
      { who: "owner", expect: "in", reported: "in", because: "The radio is another path." },
    ],
  },
  {
    dead: ["carRadio"],
    tries: [
      { who: "friend", expect: "out", because: "A phone without a login has the radio alone." },
      { who: "card holder", expect: "in", because: "The reader is another path." },
      { who: "second owner", expect: "in", because: "The phone finds no car; the card in the same pocket opens it." },
    ],
  },
  {
    dead: ["uplink"],
    tries: [
      { who: "friend", expect: "in", because: "No path to the door goes over the uplink." },
      { who: "card holder", expect: "in", because: "Nor for a card." },
    ],
  },
  {
    dead: ["cardReaders", "uplink"],
    tries: [
      { who: "card holder", expect: "out", because: "No card is read." },
      { who: "owner", expect: "in", because: "The radio alone is enough." },
    ],
  },
  {
    dead: ["carRadio", "uplink"],
    tries: [
      { who: "owner", expect: "out", because: "Neither the phone nor the cloud reaches the car." },
      { who: "card holder", expect: "in", because: "The reader alone is enough." },
    ],
  },
  {
    dead: ["cardReaders", "carRadio"],
    tries: [
      { who: "card holder", expect: "out", because: "No card is read." },
      { who: "owner", expect: "in", because: "The cloud carries what the owner's own key has signed: as a last path, never the only one." },
    ],
  },
  {
    dead: ["cardReaders", "carRadio", "uplink"],
    tries: [
      { who: "owner", expect: "out", because: "No path is left but the blade of the mechanical lock." },
      { who: "card holder", expect: "out", because: "Nor for a card." },
    ],
  },
];

const STAGE_MS = 10 * MINUTE_MS;
const LEAVE_MS = 8 * MINUTE_MS;

const startOf = (index: number): number => (index + 1) * STAGE_MS;

function fault(path: Path, working: boolean): TimedStep["step"] {
  return path === "uplink" ? { do: "coverage", of: "car", present: working } : { do: path, car: "car", working };
}

/** Whoever tried is out of the car again before the next one does, and the car is locked; so it is around the passenger. */
function stepsOf({ dead, tries }: Stage, index: number): readonly TimedStep[] {
  const startMs = startOf(index);
  const leaveMs = startMs + LEAVE_MS;
  return [
    ...dead.map((path) => ({ atMs: startMs, step: fault(path, false) })),
    ...tries.flatMap(({ who }, turn): readonly TimedStep[] => {
      const outMs = startMs + (2 * turn + 2) * MINUTE_MS;
      return [{ atMs: outMs, step: { do: "getOut", who } }, { atMs: outMs + 10 * SECOND_MS, step: { do: "lockByHand", car: "car" } }];
    }),
    { atMs: leaveMs + 10 * SECOND_MS, step: { do: "getIn", who: "passenger" } },
    { atMs: leaveMs + 20 * SECOND_MS, step: { do: "lockByHand", car: "car" } },
    ...dead.map((path) => ({ atMs: startMs + 9 * MINUTE_MS, step: fault(path, true) })),
  ];
}

function expectationsOf({ tries }: Stage, index: number): readonly Expectation[] {
  const startMs = startOf(index);
  return [
    ...tries.map((attempt, turn): Expectation => ({ atMs: startMs + (2 * turn + 1) * MINUTE_MS, action: "enter", ...attempt })),
    { atMs: startMs + LEAVE_MS, who: "passenger", action: "leave", expect: "leaves", because: "The inside handle asks no path, no key and no clock." },
  ];
}

export const POLESTAR_TCAM: Incident = {
  id: "polestar-tcam",
  date: "2022-09-01",
  title: "The communication module no longer sees the keys",
  place: "driveways",
  sources: ["polestar-forum: https://www.polestar-forum.com/threads/12v-tcam-battery-disconnect-process-ron-swanson-method.6744/"],
  facts: [
    "Reported: from 2022 to 2024 a module that links the car with keys and network stopped seeing the physical keys, until the 12 V battery and its own backup cell were unplugged; a phone that had been made a key went on working, and who had none stood outside. No day is known; the replay takes one in 2022.",
    "Not reported: a dead radio, a dead uplink, or several at once: those stages are this replay's own.",
    "Set up: the card readers fall silent, the car's radio is dead, its uplink is dead: each alone, in pairs, then all of them, and each time they work again after nine minutes.",
    "Set up: the key of the report is a card here. The cloud-dependent car hears its card over the same radio as its other keys, once its reader has woken.",
    "Set up: the second owner has the key of the report alone; with Latchkey an owner's phone became a key when it paired.",
    "Set up: the owner also has a login, and the friend has none. A passenger without a key sits in the locked car each time; the inside handle is a switch here, so that the controller has to open.",
    "Left out: the keypad, which only releases the drive, and the blade of the mechanical lock.",
  ],
  startUnixS: 1_662_019_200,
  durationMs: startOf(STAGES.length) + 5 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }, { kind: "account" }] },
    { who: "second owner", car: "car", baseline: [{ kind: "card" }], latchkey: [{ kind: "phoneKey" }, { kind: "card" }] },
    { who: "friend", car: "car", baseline: [{ kind: "phoneKey" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "card holder", car: "car", baseline: [{ kind: "card" }], latchkey: [{ kind: "card" }] },
    { who: "passenger", car: "car", baseline: [], latchkey: [] },
  ],
  steps: [
    { atMs: 90 * SECOND_MS, step: { do: "getIn", who: "passenger" } },
    { atMs: 2 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 130 * SECOND_MS, step: { do: "lockByHand", car: "car" } },
    ...STAGES.flatMap(stepsOf),
  ],
  expectations: [
    ...STAGES.flatMap(expectationsOf),
    { atMs: MINUTE_MS, who: "owner", action: "enter", expect: "in", because: "An ordinary morning, before anything fails." },
  ],
};
