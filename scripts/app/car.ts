import { fromBase64Url, fromHex, toBase64Url } from "../../firmware/base/index.ts";
import { listsToDeliver, signRegistration } from "../../firmware/key/index.ts";
import { CommandFailure, EXIT, type ExitCode, type OptionDescription, type OptionValues, type Subcommand } from "../cli/command.ts";
import { placeIn, placeText } from "../cli/location.ts";
import { shown, type Output } from "../cli/output.ts";
import { ACTS, runAct } from "../key/acts.ts";
import { CarConnection } from "../key/car-connection.ts";
import { CAR_OPTIONS, FILE_OPTION, textOf } from "../key/options.ts";
import { crypto, withWallet } from "../key/wallet-file.ts";
import { Courier } from "./courier.ts";
import { BESIDE_THE_CAR } from "./errors.ts";
import { malformed, tokenIn, withSession, type CloudClient } from "./session.ts";
import { freshTokenFile, TOKEN_FILE_OPTION, writeToken } from "./token-file.ts";
import { vehicleNamed, vehicleOfCar, type Vehicle } from "./vehicles.ts";

const OPTIONS: Readonly<Record<string, OptionDescription>> = { ...FILE_OPTION, car: CAR_OPTIONS["car"]! };
/** Far from the car a key opens and locks; it neither drives nor enrols. */
const REMOTE_ACTS = ACTS.filter(({ name }) => name !== "drive");

/** What an owner does far from the car, each time with the key and through the cloud. */
export const CAR_SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "app register",
    summary: "take a car of your key into your account; writes what its uplink needs",
    positionals: [],
    options: { ...OPTIONS, ...TOKEN_FILE_OPTION },
    examples: ["latchkey app register --token-file uplink.token"],
    run: register,
  },
  { name: "app status", summary: "what the car last reported, and when", positionals: [], options: OPTIONS, examples: ["latchkey app status --json"], run: status },
  { name: "app where", summary: "where the car was when it last reported", positionals: [], options: OPTIONS, examples: ["latchkey app where"], run: where },
  ...REMOTE_ACTS.map((act): Subcommand => ({
    name: `app ${act.name}`,
    summary: `${act.summary}, from anywhere: your key speaks with the car through the cloud`,
    positionals: [],
    options: { ...OPTIONS, ...(act.name === "lock" && { force: { type: "boolean", help: "lock although a door is open or a key is inside" } as const }) },
    examples: [`latchkey app ${act.name}`],
    run: (values, _positionals, output) => throughCloud(values, (courier) => runAct(act, values, output, courier.attach)),
  })),
  {
    name: "app deliver",
    summary: "send this key's revocation lists to the car by the cloud",
    positionals: [],
    options: { ...OPTIONS, leave: { type: "boolean", help: "leave the newest at the cloud for a car that is not reached now" } },
    examples: ["latchkey app deliver", "latchkey app deliver --leave"],
    run: deliver,
  },
];

/** A session's courier for the length of `work`. */
function throughCloud<T>(values: OptionValues, work: (courier: Courier) => Promise<T>): Promise<T> {
  return withSession(values, async (cloud) => {
    const { vehicleId } = await withWallet(values, (file) => file.car(values));
    const courier = new Courier(cloud);
    try {
      await courier.reach([vehicleId]);
      return await work(courier);
    } catch (fault) {
      throw isSilence(fault) ? new CommandFailure(fault.message, `The car may be without a network, or the cloud may not be what it says. ${BESIDE_THE_CAR}`, fault.data) : fault;
    } finally {
      await courier.end();
    }
  });
}

/** A radio's way out would be to step closer. */
function isSilence(fault: unknown): fault is CommandFailure {
  return fault instanceof CommandFailure && (fault.data["reason"] === "timeout" || fault.data["reason"] === "linkLost");
}

function register(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const tokenFile = freshTokenFile(values);
  return withSession(values, async (cloud, { account, cloud: address }) => {
    await withWallet(values, (file) => file.car(values));
    const challenge = fromBase64Url(tokenIn(await cloud.demand("POST", "/v1/registrations"), "challenge"));
    if (challenge?.length !== 32) throw malformed();
    const { label, statement } = await withWallet(values, (file) => {
      const { label, vehicleId } = file.car(values);
      return { label, statement: signRegistration(crypto, file.wallet, { challenge, vehicleId: fromHex(vehicleId)!, account }) };
    });
    const answer = await cloud.demand("POST", "/v1/vehicles", { statement: toBase64Url(statement), label });
    writeToken(tokenFile, tokenIn(answer, "uplinkToken"), "Register again with another --token-file.");
    const options = `--uplink ${address} --uplink-token ${tokenFile}`;
    output.answer({ ok: true, car: label, tokenFile, options }, `${label}: registered. Start the car with what lets it be reached:\n  latchkey car ${options}`);
    return EXIT.ok;
  });
}

interface Report {
  readonly vehicle: Vehicle;
  readonly ageS: number;
  readonly signals: Readonly<Record<string, unknown>>;
}

async function reportOf(cloud: CloudClient, values: OptionValues): Promise<Report> {
  const vehicle = await vehicleNamed(cloud, textOf(values, "car"));
  const { receivedAtMs, report } = await cloud.demand("GET", `/v1/vehicles/${vehicle.vehicle}/report`);
  const signals: unknown = typeof report === "object" && report !== null ? (report as { readonly signals?: unknown }).signals : undefined;
  if (typeof receivedAtMs !== "number" || !Number.isFinite(receivedAtMs) || typeof signals !== "object" || signals === null || Array.isArray(signals)) throw malformed();
  return { vehicle, ageS: Math.max(0, Math.round((Date.now() - receivedAtMs) / 1000)), signals: signals as Record<string, unknown> };
}

function status(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withSession(values, async (cloud) => {
    const { vehicle, ageS, signals } = await reportOf(cloud, values);
    const rows = Object.entries(signals).sort(([a], [b]) => (a < b ? -1 : 1));
    const width = Math.max(0, ...rows.map(([path]) => path.length));
    output.answer({ ok: true, car: vehicle.label, ageS, signals }, [`${shown(vehicle.label)}, as reported ${ageText(ageS)} ago`, ...rows.map(([path, value]) => `${shown(path.padEnd(width))}  ${shown(String(value))}`)].join("\n"));
    return EXIT.ok;
  });
}

function where(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withSession(values, async (cloud) => {
    const { vehicle, ageS, signals } = await reportOf(cloud, values);
    const place = placeIn(signals);
    if (place === undefined) throw new CommandFailure(`${shown(vehicle.label)} does not report where it is`, "It does so where its settings allow it and its receiver has measured.");
    const measuredAtMs = Date.parse(place.measuredAt);
    const measured = Number.isNaN(measuredAtMs) ? "" : `, measured ${ageText(Math.max(0, Math.round((Date.now() - measuredAtMs) / 1000)))} ago`;
    output.answer({ ok: true, car: vehicle.label, ageS, ...place }, `${shown(vehicle.label)}: ${placeText(place.latitudeDeg, place.longitudeDeg, place.accuracyM)}${measured}, reported ${ageText(ageS)} ago`);
    return EXIT.ok;
  });
}

function ageText(ageS: number): string {
  if (ageS < 120) return `${ageS} s`;
  if (ageS < 2 * 3600) return `${Math.round(ageS / 60)} min`;
  return ageS < 48 * 3600 ? `${Math.round(ageS / 3600)} h` : `${Math.round(ageS / 86_400)} days`;
}

function deliver(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return values["leave"] === true ? leave(values, output) : handOver(values, output);
}

function leave(values: OptionValues, output: Output): Promise<ExitCode> {
  return withSession(values, async (cloud) => {
    const { car, list } = await withWallet(values, (file) => {
      const car = file.car(values);
      return { car, list: listsToDeliver(file.wallet, car.vehicleId)[0] };
    });
    if (list === undefined) throw new CommandFailure("this key has no revocation list to deliver", "Sign one: latchkey key revoke ID --not-now");
    const { vehicle } = await vehicleOfCar(cloud, [car.vehicleId]);
    await cloud.demand("PUT", `/v1/vehicles/${vehicle}/revocation-list`, { list: toBase64Url(list) });
    output.answer({ ok: true, car: car.label, left: true }, `${car.label}: the list waits at the cloud. This key goes on carrying it until the car has answered to it.`);
    return EXIT.ok;
  });
}

function handOver(values: OptionValues, output: Output): Promise<ExitCode> {
  return throughCloud(values, (courier) =>
    withWallet(values, async (file) => {
      const car = file.car(values);
      const waiting = listsToDeliver(file.wallet, car.vehicleId).length;
      if (waiting === 0) throw new CommandFailure("this key has no revocation list to deliver", "Sign one: latchkey key revoke ID --not-now");
      const target = { kind: "cars", vehicleIds: [car.vehicleId] } as const;
      const delivered = await CarConnection.with(file, { attach: courier.attach, target }, (connection) => connection.deliverLists());
      output.answer({ ok: delivered === waiting, car: car.label, delivered, waiting }, `${car.label}: ${delivered} of ${waiting} lists delivered`);
      return delivered === waiting ? EXIT.ok : EXIT.refused;
    }),
  );
}
