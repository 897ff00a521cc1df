import type { CarRecord } from "../../firmware/key/index.ts";
import { BODY, REASONS, type Command } from "../../firmware/wire/index.ts";
import type { OptionValues } from "../cli/command.ts";
import { attachVia } from "./attach.ts";
import { CarConnection, refusal, type Answer } from "./car-connection.ts";
import { viaOf } from "./options.ts";
import { withWallet, type WalletFile } from "./wallet-file.ts";

/** One conversation with the car that the options name. */
export interface Conversation {
  readonly file: WalletFile;
  readonly car: CarRecord;
  readonly connection: CarConnection;
  /** The answer to something that must succeed; a refusal fails the command. */
  demand(command: Command): Promise<Answer>;
}

/** Talks with the car; revocation lists this key carries are handed over at the end. */
export function withCar<T>(values: OptionValues, work: (conversation: Conversation) => Promise<T>): Promise<T> {
  return withWallet(values, async (file) => {
    const car = file.car(values);
    const target = { kind: "cars", vehicleIds: [car.vehicleId] } as const;
    return CarConnection.with(file, { attach: attachVia(viaOf(values)), target }, async (connection) => {
      const demand = async (command: Command): Promise<Answer> => {
        const answer = await connection.ask(command);
        if (answer.reply.code !== 0) throw refusal(answer);
        return answer;
      };
      const result = await work({ file, car, connection, demand });
      if (connection.path === "full") await connection.deliverLists();
      return result;
    });
  });
}

/** Announced removals and resets that came with an answer, a sentence each: every owner is told on contact. */
export function noticesOf({ reply }: Answer): readonly string[] {
  return (reply.notices ?? []).map(({ pendingId, what, dueInS }) => {
    const hours = Math.ceil(dueInS / 360) / 10;
    const subject = what === "reset" ? "a factory reset" : "the removal of an owner";
    return `Announced: ${subject}, in ${hours} h. Stop it with: latchkey key cancel ${pendingId}`;
  });
}

/** A change that may be announced instead of done. */
export function dueOf(answer: Answer): { readonly pendingId: number; readonly dueInS: number } | undefined {
  if (answer.reply.code !== REASONS.delayStarted.code) return undefined;
  return { pendingId: Number(answer.reply.body.get(BODY.pendingId)), dueInS: Number(answer.reply.body.get(BODY.dueInS)) };
}
