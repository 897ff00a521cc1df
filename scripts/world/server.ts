import { serveChannel, socketPathFor, type Caller, type CarFacts, type ChannelServer } from "../console/index.ts";
import { act } from "./acts.ts";
import { WorldRefusal, type Surroundings } from "./surroundings.ts";

/** Words of one request, and letters of one word. */
const WORD_COUNT_MAX = 8;
const WORD_LENGTH_MAX = 128;
/** How often a caller hears of progress. */
const PROGRESS_MS = 1_000;

/** Lets other terminals drive the world around a virtual car. A real board never loads this file. */
export function openWorld(around: Surroundings, carId: string, facts: CarFacts): Promise<ChannelServer> {
  return serveChannel(socketPathFor(carId, "world"), (request, caller) => {
    if (request["do"] === "hello") {
      caller.say({ ok: true, ...facts });
      return caller.end();
    }
    void answer(around, wordsOf(request["words"]), caller);
  });
}

async function answer(around: Surroundings, words: readonly string[], caller: Caller): Promise<void> {
  try {
    const { text, data } = await act(around, words, nowAndThen((progress) => caller.say({ progress })));
    caller.say({ ok: true, text, data: data ?? {} });
  } catch (fault) {
    // Whatever a word from another terminal runs into, the car goes on.
    caller.say({ ok: false, message: fault instanceof WorldRefusal ? fault.message : `the virtual world failed: ${String(fault)}` });
  } finally {
    caller.end();
  }
}

/** `say`, at most once in {@link PROGRESS_MS}. */
function nowAndThen(say: (text: string) => void): (text: string) => void {
  let saidMs = performance.now();
  return (text) => {
    const nowMs = performance.now();
    if (nowMs - saidMs < PROGRESS_MS) return;
    saidMs = nowMs;
    say(text);
  };
}

function wordsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, WORD_COUNT_MAX).filter((word): word is string => typeof word === "string" && word.length <= WORD_LENGTH_MAX);
}
