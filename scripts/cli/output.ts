/** Where a subcommand's words go: answers on stdout (JSON alone with --json), everything else on stderr. */
export class Output {
  readonly json: boolean;
  readonly color: boolean;

  constructor(options: { readonly json: boolean; readonly color: boolean }) {
    this.json = options.json;
    this.color = options.color;
  }

  /** The answer: `data` with --json, else `text`. */
  answer(data: unknown, text: string): void {
    process.stdout.write(this.json ? `${JSON.stringify(data)}\n` : text.endsWith("\n") ? text : `${text}\n`);
  }

  /** Progress, warnings and logs. */
  say(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  paint(style: Style, text: string): string {
    return this.color ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
  }
}

/** Text that came from a car or another key, fit for a terminal: what would act on it instead of being shown stands as its code point. */
export function shown(text: string): string {
  return text.replace(UNSHOWABLE, (character) => `<${character.codePointAt(0)!.toString(16).padStart(4, "0")}>`);
}

/** C0 and C1 controls, line and paragraph separators, and marks that turn the direction of writing (Unicode 15 section 23.2). */
const UNSHOWABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36, inverse: 7 } as const;
export type Style = keyof typeof STYLES;

/** NO_COLOR (no-color.org), --no-color and TERM=dumb win; otherwise a terminal on stdout gets colours. */
export function wantsColor(noColorOption: boolean): boolean {
  const asked = process.env["NO_COLOR"];
  return !noColorOption && (asked === undefined || asked === "") && process.env["TERM"] !== "dumb" && process.stdout.isTTY;
}
