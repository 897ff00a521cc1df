/** Whether a person sits at a terminal that can be drawn on. TERM=dumb (an editor's shell, a plain serial line) takes text alone. */
export function canBeDrawnOn(terminal: { readonly input: { readonly isTTY?: boolean }; readonly output: { readonly isTTY?: boolean } }, env: Readonly<Record<string, string | undefined>>): boolean {
  return terminal.input.isTTY === true && terminal.output.isTTY === true && env["TERM"] !== "dumb";
}

/** Whether the terminal shows UTF-8, by the variables POSIX gives the locale with, the strongest first. */
export function speaksUtf8(env: Readonly<Record<string, string | undefined>>, platform: string = process.platform): boolean {
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((value) => value !== undefined && value !== "");
  if (locale === undefined) return platform === "darwin" || platform === "win32";
  return /utf-?8/i.test(locale);
}
