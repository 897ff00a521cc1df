import type { ChildProcess } from "node:child_process";
import { expect, onTestFinished } from "vitest";
import { Running } from "../processes/programs.ts";

/** What a command of a client came to, in the words of the library that it is made of. */
export interface Result {
  readonly command: string;
  readonly ok: boolean;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly answer?: any;
  readonly error?: string;
}

/** Somebody else's client as a program that reads a command a line and answers with a line of JSON; killed when the test ends. */
export class Asked<Answer extends Result = Result> extends Running {
  private asked = 0;

  constructor(child: ChildProcess) {
    super(child);
    onTestFinished(() => void child.kill("SIGKILL"));
  }

  async ask(command: string): Promise<Answer> {
    this.asked += 1;
    const count = this.asked;
    this.say(command);
    return (await this.heard(() => true, count)) as unknown as Answer;
  }

  /** Why it was refused; it must be. */
  async fails(command: string): Promise<string> {
    const result = await this.ask(command);
    expect([result.command, result.ok]).toEqual([command, false]);
    return result.error!;
  }
}
