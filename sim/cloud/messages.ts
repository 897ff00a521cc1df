/** What a car or an app asks of the maker's servers. The commands in it are opaque: the cloud is a courier. */
export type CloudRequest =
  | { readonly kind: "logIn"; readonly account: string }
  /** An app asks whether its session is still good. */
  | { readonly kind: "checkSession"; readonly session: string }
  /** An app hands over bytes for a car. */
  | { readonly kind: "sendCommand"; readonly session: string; readonly car: string; readonly command: Uint8Array }
  /** A car fetches what was handed over for it. */
  | { readonly kind: "fetchCommands"; readonly car: string }
  /** A car hands over bytes for whoever sent it the command. */
  | { readonly kind: "sendAnswer"; readonly car: string; readonly answer: Uint8Array }
  /** An app fetches what its car handed over. */
  | { readonly kind: "fetchAnswers"; readonly session: string; readonly car: string }
  /** A cloud-dependent car asks whether the person behind a session may come in. */
  | { readonly kind: "authorise"; readonly session: string; readonly car: string }
  /** A cloud-dependent shared car asks to go on working. */
  | { readonly kind: "renewLease"; readonly car: string }
  | { readonly kind: "telemetry"; readonly car: string; readonly line: string };

export type CloudAnswer =
  | { readonly status: 200; readonly body: CloudBody }
  /** Not logged in, or not this account's car. */
  | { readonly status: 401 }
  /** One of the stated limits is reached. */
  | { readonly status: 429 }
  | { readonly status: 500 }
  /** Nothing came back in time, or there was no network to ask over. */
  | { readonly status: "none" };

export type CloudBody =
  | { readonly kind: "session"; readonly session: string }
  | { readonly kind: "commands"; readonly commands: readonly Uint8Array[] }
  | { readonly kind: "done" };

/**
 * up: answers. down: every call fails with an error at once. slow: answers later than anybody waits. lying: repeats an older
 * answer to the same question, or "done" where it has none. gone: nobody answers, for ever.
 */
export type CloudMode = "up" | "down" | "slow" | "lying" | "gone";
