import type { Subcommand } from "../cli/command.ts";

/** `latchkey uplink`: what speaks to a cloud for a car, as a process of its own. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "uplink",
    summary: "carries between a running car and a cloud; the car never waits for it",
    positionals: [],
    options: {
      car: { type: "string", value: "PATH", help: "the car's socket, as `latchkey car --uplink external` names it" },
      cloud: { type: "string", value: "URL", help: "https://HOST[:PORT]; http:// on this machine alone" },
      "token-file": { type: "string", value: "FILE", help: "what `latchkey app register` wrote (0600)" },
      console: { type: "string", value: "PATH", help: "the car's console, for updates (default: beside the socket)" },
    },
    examples: ["latchkey uplink --car /run/latchkey/car.uplink --cloud https://cloud.example --token-file uplink.token"],
    run: async (...args) => (await import("./run.ts")).run(...args),
  },
];
