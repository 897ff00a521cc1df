import type { NotPlayed } from "./attack.ts";

const NOT_PLAYED: readonly NotPlayed[] = [
  { id: "D1", title: "The malformed messages of RFC 9529", why: "they are written for suites and methods that this car refuses before it reads on; tests/firmware/edhoc/refusals.test.ts gives them to the handshake itself" },
  { id: "D8", title: "A forged message_4 with an empty plaintext", why: "this profile has no message_4: the first protected answer confirms the key; tests/hal/crypto/contract.ts forges tags" },
  { id: "D12", title: "Critical EAD that nobody knows, padding, EAD that was moved", why: "it takes a handshake made by hand; tests/firmware/edhoc/refusals.test.ts has one" },
  { id: "G2", title: "One-time codes used twice, at the edges, with a clock that drifts", why: "no car takes one: they belong to the accounts of latchkey cloud (scripts/cloud/totp.ts), which no simulated world may load; tests/scripts/cloud/accounts.test.ts plays codes used again, also after a restart, and tests/peers/totp a third-party client" },
  { id: "G4", title: "Garbage on the serial line to the lock, and a lock that lies", why: "drivers of boards are outside the simulated car; tests/hal/relay/relay-board.test.ts plays it on virtual boards" },
];

/** Attacks of the public record that are not played here. */
export function listNotPlayed(): readonly NotPlayed[] {
  return NOT_PLAYED;
}
