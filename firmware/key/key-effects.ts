import type { CarMessage, Command, ReasonName } from "../wire/index.ts";
import type { Wallet } from "./wallet.ts";

/** Numbers the requests of one link, from 1. */
export type RequestId = number;

/** Why a link cannot answer a request, or why it ends. */
export interface LinkFailure {
  /** The rule that decided, one sentence. */
  readonly rule: string;
  /** What the person can do about it. */
  readonly wayOut: string;
  /** Whether the same request may succeed later without anybody changing anything. */
  readonly temporary: boolean;
}

const failure = (rule: string, wayOut: string, temporary = false): LinkFailure => ({ rule, wayOut, temporary });

export const LINK_FAILURES = {
  timeout: failure("The car did not answer in time.", "Step closer and try again.", true),
  linkLost: failure("The radio link was lost.", "Step closer and try again.", true),
  refused: failure("The car refused before it had proved itself.", "Try again in a few seconds.", true),
  keyRefused: failure("The car does not take this key.", "Ask an owner whether it is still enrolled or granted."),
  notTheCar: failure("This is none of the cars it was meant to be.", "Look for the right car. A pairing code works once: ask the car for a new one."),
  reflected: failure("The other end showed this phone's own key.", "Move away from here; somebody plays messages back."),
  damaged: failure("What the other end sent does not follow the protocol, or was changed on the way.", "Try again.", true),
  wrongProof: failure("The car does not know the secret of the pairing code.", "Do not pair; scan the code on the car's own console again."),
  otherCarKeys: failure("The car's keys are not the ones of the pairing code.", "Do not pair; scan the code on the car's own console again."),
  walletFull: failure("This phone is at its limit of cars.", "Forget a car that is no longer used."),
  usesSpent: failure("All uses of this grant are spent.", "Ask the owner for a new one."),
  tooLarge: failure("The request does not fit into one message.", "Make it smaller."),
  tooManyRequests: failure("Too many requests wait on this link.", "Wait for the answers.", true),
  notHere: failure("While pairing, a link serves nothing else.", "Pair first, then ask.", true),
} as const satisfies Record<string, LinkFailure>;

export type LinkFailureName = keyof typeof LINK_FAILURES;

/** What the link wants done, in order. Effects behind a `saveWallet` wait until the wallet is stored durably. */
export type KeyEffect =
  | { readonly kind: "saveWallet"; readonly wallet: Wallet }
  /** One frame for the car, at most as long as the ATT payload. */
  | { readonly kind: "send"; readonly frame: Uint8Array }
  /** The car has proved itself, and this key with it. `fast`: by a ticket. */
  | { readonly kind: "connected"; readonly vehicleId: string; readonly path: "full" | "fast" }
  /** The car's answer to a request. `reason` is undefined for success, and for a code this build does not know. */
  | { readonly kind: "reply"; readonly requestId: RequestId; readonly command: Command; readonly reply: Reply; readonly reason: ReasonName | undefined }
  /** A latch has finished what a command of this session began. */
  | { readonly kind: "latches"; readonly latches: LatchStates }
  /** The car has an owner now: this phone. The kit is secret, to be printed; the wallet keeps its seed until told otherwise. */
  | { readonly kind: "paired"; readonly requestId: RequestId; readonly vehicleId: string; readonly ownersKit: string }
  /**
   * A request will get no answer. `mayHaveSucceeded`: that the car acted cannot be excluded. A flat refusal counts as "did not act",
   * though it is not authenticated: somebody on the path could forge it.
   */
  | {
      readonly kind: "failed";
      readonly requestId: RequestId;
      readonly why: LinkFailureName;
      readonly mayHaveSucceeded: boolean;
      readonly temporary: boolean;
    }
  /** The link is over; nothing follows. */
  | { readonly kind: "close"; readonly why: LinkFailureName | "done" };

export type Reply = Extract<CarMessage, { kind: "reply" }>;
export type LatchStates = Extract<CarMessage, { kind: "latches" }>["latches"];
