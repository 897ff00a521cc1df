import {
  acceptEnrolment,
  acceptGrant,
  carryList,
  formatKeyInvitation,
  formatList,
  ownKeyId,
  parseKeyInvitation,
  revokeGrant,
  shareCar,
  shareGrant,
  windowFromNow,
} from "../../firmware/key/index.ts";
import { BODY, GRANTABLE, ROLES, type Action, type Role } from "../../firmware/wire/index.ts";
import { readWallClock } from "../../hal/clock/index.ts";
import { CommandFailure, EXIT, UsageError, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { dueOf, withCar } from "./asking.ts";
import { refusal } from "./car-connection.ts";
import { findKey } from "./keys.ts";
import { CAR_OPTIONS, countOf, durationOf, FILE_OPTION, textOf } from "./options.ts";
import { readText } from "./reading-text.ts";
import { crypto, kept, random, withWallet } from "./wallet-file.ts";

const TO_OPTION = { to: { type: "string", value: "INVITATION", help: "the other key's invitation (latchkey-key:...); not secret. Default: stdin" } } as const;
const DEFAULT_LIFETIME = "7d";
const DEFAULT_SCOPE = "unlock,lock";

/** Keys for others: grants that travel with the guest, and enrolled keys. */
export const SHARING_SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "key invite",
    summary: "print this key's invitation, for an owner to share a car with",
    positionals: [],
    options: FILE_OPTION,
    examples: ["latchkey key invite --file ben"],
    run: invite,
  },
  {
    name: "key share",
    summary: "sign a grant for a guest; the car need not be near, nor any cloud",
    positionals: [],
    options: {
      ...FILE_OPTION,
      car: CAR_OPTIONS["car"]!,
      ...TO_OPTION,
      for: { type: "string", value: "DURATION", help: `how long: 90s, 15m, 2h, 7d (default ${DEFAULT_LIFETIME}; none for a counted grant)` },
      uses: { type: "string", value: "N", help: "a counted grant: N uses; without --for it needs no clock in the car" },
      scope: { type: "string", value: "ACTIONS", help: `comma-separated: ${GRANTABLE.join(", ")} (default ${DEFAULT_SCOPE})` },
      valet: { type: "boolean", help: "a valet's grant: never the trunk, limited drive" },
    },
    examples: ["latchkey key share --to \"$(latchkey key invite --file ben)\" --for 2h", "latchkey key share --uses 1 < invitation.txt > grant.txt"],
    run: share,
  },
  {
    name: "key accept",
    summary: "take what an owner shared with this key (stdin)",
    positionals: [],
    options: { ...FILE_OPTION, from: { type: "string", value: "PATH", help: "file (0600) that holds the text; - for stdin" } },
    examples: ["latchkey key accept --file ben < grant.txt"],
    run: accept,
  },
  {
    name: "key enrol",
    summary: "enrol another key in the car, with a role",
    positionals: [],
    options: { ...CAR_OPTIONS, ...TO_OPTION, role: { type: "string", value: "ROLE", help: "owner, driver or service (default driver)" }, name: { type: "string", value: "NAME", help: "name in the car (default: the invitation's)" } },
    examples: ["latchkey key enrol --role driver --to \"$(latchkey key invite --file ben)\""],
    run: enrol,
  },
  {
    name: "key revoke",
    summary: "revoke an enrolled key or a grant, by id or name",
    positionals: ["ID"],
    options: { ...CAR_OPTIONS, "not-now": { type: "boolean", help: "sign the list only; it goes to the car with the next key that comes by" } },
    examples: ["latchkey key revoke ben", "latchkey key revoke 4f0c9a7711223344"],
    run: revoke,
  },
  {
    name: "key revoke-all",
    summary: "revoke every grant this key has signed, in one record",
    positionals: [],
    options: CAR_OPTIONS,
    examples: ["latchkey key revoke-all"],
    run: revokeAll,
  },
  {
    name: "key carry",
    summary: "take another owner's revocation list to the car (stdin)",
    positionals: [],
    options: FILE_OPTION,
    examples: ["latchkey key carry < list.txt"],
    run: carry,
  },
];

function invite(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withWallet(values, (file) => {
    const invitation = formatKeyInvitation(file.wallet);
    output.answer({ ok: true, keyId: ownKeyId(crypto, file.wallet), invitation }, invitation);
    return EXIT.ok;
  });
}

function share(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withWallet(values, async (file) => {
    const car = file.car(values);
    const uses = countOf(values, "uses", { min: 1, max: 1000 });
    const lifetime = textOf(values, "for") ?? (uses === undefined ? DEFAULT_LIFETIME : undefined);
    const actions = actionsOf(textOf(values, "scope") ?? DEFAULT_SCOPE);
    const holder = kept(parseKeyInvitation(crypto, textOf(values, "to") ?? (await readText("the invitation (latchkey-key:...)", undefined))));
    const nowS = readWallClock().unixS;
    const shared = kept(
      shareGrant({ crypto, random }, file.wallet, car.vehicleId, {
        holder,
        role: values["valet"] === true ? "valet" : "guest",
        actions,
        ...(lifetime === undefined ? { notBeforeS: undefined, expiresAtS: undefined } : windowFromNow(nowS, durationOf(lifetime, "for"))),
        uses,
        issuedAtS: nowS,
      }),
    );
    file.save(shared.wallet);
    if (lifetime !== undefined) {
      output.say("A timed grant needs a clock that the car trusts; a car without one refuses it. For such a car: --uses N, or latchkey key time.");
    }
    output.say(`${holder.name} takes it with: latchkey key accept`);
    output.answer({ ok: true, car: car.label, grantId: shared.grantId, name: holder.name, actions, uses: uses ?? null, grant: shared.text }, shared.text);
    return EXIT.ok;
  });
}

function actionsOf(text: string): readonly Action[] {
  const actions = text.split(",").map((word) => word.trim());
  const unknown = actions.find((action) => !(GRANTABLE as readonly string[]).includes(action));
  if (unknown !== undefined) throw new UsageError(`--scope knows no "${unknown}"; choose from ${GRANTABLE.join(", ")}`);
  return [...new Set(actions)] as Action[];
}

function accept(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withWallet(values, async (file) => {
    const text = await readText("the text that the owner shared (latchkey-grant:... or latchkey-car:...)", textOf(values, "from"));
    const take = text.startsWith("latchkey-car:") ? acceptEnrolment : acceptGrant;
    const accepted = kept(take(crypto, file.wallet, text));
    file.save(accepted.wallet);
    const car = accepted.wallet.cars.find(({ vehicleId }) => vehicleId === accepted.vehicleId)!;
    output.answer({ ok: true, car: car.label, role: car.role }, `${car.label}: you have ${car.role === "owner" ? "an" : "a"} ${car.role}'s key`);
    return EXIT.ok;
  });
}

function enrol(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const role = textOf(values, "role") ?? "driver";
  if (!Object.hasOwn(ROLES, role) || role === "recovery" || role === "guest" || role === "valet") {
    throw new UsageError("--role is owner, driver or service; guests and valets get a grant: latchkey key share");
  }
  return withCar(values, async ({ file, car, demand }) => {
    const holder = kept(parseKeyInvitation(crypto, textOf(values, "to") ?? (await readText("the invitation (latchkey-key:...)", undefined))));
    const name = textOf(values, "name") ?? holder.name;
    const { reply } = await demand({ kind: "enrol", role: role as Role, name, publicKey: holder.publicKey });
    const issuerEpoch = Number(reply.body.get(BODY.issuerEpoch) ?? 0);
    const bundle = kept(shareCar(file.wallet, car.vehicleId, { role: role as Role, issuerEpoch }));
    output.say(`${name} is enrolled as ${role}. That phone learns the car with: latchkey key accept`);
    output.answer({ ok: true, car: car.label, name, role, bundle }, bundle);
    return EXIT.ok;
  });
}

function revoke(values: OptionValues, [id]: readonly string[], output: Output): Promise<ExitCode> {
  return withWallet(values, (file) => {
    const car = file.car(values);
    const grants = car.issuer.grants.filter((grant) => !grant.revoked && (grant.grantId.startsWith(id!) || grant.name === id));
    if (grants.length > 1) {
      throw new CommandFailure(`"${id!}" names several grants`, `Give the id: ${grants.map((grant) => `${grant.grantId} (${grant.name})`).join(", ")}.`);
    }
    return grants[0]?.grantId;
  }).then((grantId) => (grantId === undefined ? revokeKey(values, id!, output) : revokeOneGrant(values, grantId, output)));
}

async function revokeOneGrant(values: OptionValues, grantId: string, output: Output): Promise<ExitCode> {
  const list = await withWallet(values, (file) => {
    const revoked = kept(revokeGrant(crypto, file.wallet, file.car(values).vehicleId, { grantId, signedAtS: readWallClock().unixS }));
    file.save(revoked.wallet);
    return formatList(revoked.list);
  });
  const data = { ok: true, grantId, list };
  if (values["not-now"] === true) {
    output.answer({ ...data, delivered: false }, list);
    return EXIT.ok;
  }
  try {
    await withCar(values, async ({ connection }) => connection.deliverLists());
  } catch (fault) {
    if (!(fault instanceof CommandFailure)) throw fault;
    throw new CommandFailure(
      `the revocation is signed but the car has not seen it yet: ${fault.message}`,
      "It goes to the car with the next command of this key, or of any key that takes the list: latchkey key carry.",
      { ...data, delivered: false },
    );
  }
  output.answer({ ...data, delivered: true }, `revoked; the car has the list`);
  return EXIT.ok;
}

function revokeKey(values: OptionValues, id: string, output: Output): Promise<ExitCode> {
  return withCar(values, async ({ car, connection, demand }) => {
    const target = await findKey(demand, id);
    const answer = await connection.ask({ kind: "revoke", keyId: target.keyId });
    const due = dueOf(answer);
    if (due !== undefined) {
      output.answer({ ok: true, car: car.label, name: target.name, ...due }, `${target.name}: the removal is announced and happens in ${Math.round(due.dueInS / 3600)} h, unless an owner cancels it`);
      return EXIT.ok;
    }
    if (answer.reply.code !== 0) throw refusal(answer);
    output.answer({ ok: true, car: car.label, name: target.name }, `${target.name} is revoked`);
    return EXIT.ok;
  });
}

function revokeAll(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withCar(values, async ({ car, demand }) => {
    await demand({ kind: "newIssuerEpoch" });
    output.answer({ ok: true, car: car.label }, `${car.label}: every grant of this key is revoked`);
    return EXIT.ok;
  });
}

function carry(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withWallet(values, async (file) => {
    const taken = kept(carryList(file.wallet, await readText("a revocation list (latchkey-list:...)", undefined)));
    file.save(taken.wallet);
    output.answer({ ok: true }, "This key takes the list along; the car gets it with its next command.");
    return EXIT.ok;
  });
}
