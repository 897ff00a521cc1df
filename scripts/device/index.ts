import type { Subcommand } from "../cli/command.ts";

/** `latchkey device`: virtual twins of serial devices, each on a pseudo-terminal that any program may open. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "device pn532",
    summary: "a virtual PN532 card reader on a pseudo-terminal, for NFC tools and for a car",
    positionals: [],
    options: {
      link: { type: "string", value: "PATH", help: "a link to its pseudo-terminal (default: the system's own name, printed)" },
      card: { type: "string", value: "CARD", help: "the card that lies on it from the start (default: none)" },
    },
    examples: [
      "latchkey device pn532 --link /tmp/reader --card blank",
      "LIBNFC_DEVICE=pn532_uart:/tmp/reader:115200 nfc-list",
      "Its standard input takes lines: tap CARD, remove, fault silent, fault none. An unknown word lists them all.",
    ],
    run: async (...args) => (await import("./pn532.ts")).run(...args),
  },
];
