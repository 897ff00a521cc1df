/** Does the act of that name, which answers with a sentence, and ends this process: 0 where all was as it should be, else 1 with what was not. */
export async function runAct(acts: Readonly<Record<string, () => Promise<string>>>, name: string): Promise<never> {
  try {
    console.log(await acts[name]!());
    process.exit(0);
  } catch (fault) {
    console.log((fault as Error).message);
    process.exit(1);
  }
}
