/** What one read of a terminal in raw mode comes to: arrows and enter by name, other keys as their letter. */
export function keysOf(chunk: string): readonly string[] {
  const keys: string[] = [];
  for (let at = 0; at < chunk.length; ) {
    const sequence = /^\u001b(?:\[|O)([0-9;]*)([A-Za-z~])/.exec(chunk.slice(at));
    if (sequence !== null) {
      const name = ARROWS[sequence[2]!];
      if (name !== undefined) keys.push(name);
      at += sequence[0].length;
      continue;
    }
    const character = chunk[at]!;
    keys.push(NAMED[character] ?? character);
    at += 1;
  }
  return keys;
}

const ARROWS: Readonly<Record<string, string>> = { A: "up", B: "down", C: "right", D: "left" };
const NAMED: Readonly<Record<string, string>> = { "\u0003": "ctrl-c", "\u0004": "ctrl-d", "\r": "enter", "\n": "enter", "\u001b": "escape", "\t": "tab" };

/** Reads keys one by one until closed; the terminal is put back as it was. One that is gone, or that another program has taken over, is as ctrl-d. */
export function readKeys(stream: NodeJS.ReadStream, pressed: (key: string) => void): { close(): void } {
  const onData = (chunk: Buffer | string): void => {
    for (const key of keysOf(chunk.toString())) pressed(key);
  };
  const onGone = (): void => pressed("ctrl-d");
  stream.setRawMode(true);
  stream.setEncoding("utf8");
  stream.on("data", onData);
  stream.on("end", onGone);
  // It stays: a terminal that is gone says so again when it is put back.
  stream.on("error", onGone);
  stream.resume();
  return {
    close: () => {
      stream.off("data", onData);
      stream.off("end", onGone);
      stream.setRawMode(false);
      stream.pause();
    },
  };
}
