import type { Route } from "./api.ts";
import { LIMITS } from "./limits.ts";
import { SCHEMAS } from "./schemas.ts";
import type { Service } from "./service.ts";
import type { Login } from "./accounts.ts";

interface OfVehicle {
  readonly vehicle: string;
  readonly link: string;
}

/** What an owner's app asks. */
export function appRoutes({ accounts, vehicles }: Service): readonly Route[] {
  const { courier } = vehicles;
  const own = (who: string, params: unknown): OfVehicle => {
    const named = params as OfVehicle;
    vehicles.demandOwn(who, named.vehicle);
    return named;
  };
  return [
    { method: "POST", url: "/v1/accounts", asker: "anybody", summary: "Make an account", body: SCHEMAS.newAccount, success: 201, answer: async ({ body, address }) => {
      accounts.tries.countAddress(address);
      const { account, password } = body as Login;
      await accounts.create(account, password);
      return { status: 201, body: {} };
    } },
    { method: "POST", url: "/v1/sessions", asker: "anybody", summary: "Log in", body: SCHEMAS.login, success: 201, answer: async ({ body, address }) => {
      accounts.tries.countAddress(address);
      return { status: 201, body: await accounts.logIn(body) };
    } },
    { method: "DELETE", url: "/v1/sessions/current", asker: "app", summary: "Log out", success: 204, answer: async ({ token }) => {
      await accounts.logOut(token);
      return { status: 204 };
    } },
    { method: "GET", url: "/v1/account", asker: "app", summary: "The account of this session", success: 200, answer: async ({ who }) => ({ status: 200, body: accounts.describe(who) }) },
    { method: "POST", url: "/v1/two-factor", asker: "app", summary: "Begin to enrol a second factor", success: 200, answer: async ({ who }) => ({ status: 200, body: await accounts.beginTwoFactor(who) }) },
    { method: "POST", url: "/v1/two-factor/confirm", asker: "app", summary: "Enrol it with its first code", body: SCHEMAS.code, success: 200, answer: async ({ who, body }) => ({ status: 200, body: await accounts.confirmTwoFactor(who, codeIn(body)) }) },
    { method: "DELETE", url: "/v1/two-factor", asker: "app", summary: "Take the second factor off", body: SCHEMAS.code, success: 204, answer: async ({ who, body }) => {
      await accounts.dropTwoFactor(who, codeIn(body));
      return { status: 204 };
    } },
    { method: "POST", url: "/v1/recovery-codes", asker: "app", summary: "New recovery codes; the old ones die", body: SCHEMAS.code, success: 200, answer: async ({ who, body }) => ({ status: 200, body: await accounts.renewRecoveryCodes(who, codeIn(body)) }) },
    { method: "POST", url: "/v1/registrations", asker: "app", summary: "A challenge for a registration statement", success: 200, answer: async ({ who }) => ({ status: 200, body: { challenge: vehicles.challenge(who) } }) },
    { method: "POST", url: "/v1/vehicles", asker: "app", summary: "Register a vehicle by a statement that a key of it has signed", body: SCHEMAS.registration, success: 201, answer: async ({ who, body }) => {
      const { statement, label } = body as { statement: string; label: string };
      return { status: 201, body: await vehicles.register(who, statement, label) };
    } },
    { method: "GET", url: "/v1/vehicles", asker: "app", summary: "The vehicles of this account", success: 200, answer: async ({ who }) => ({ status: 200, body: { vehicles: vehicles.list(who) } }) },
    { method: "DELETE", url: "/v1/vehicles/:vehicle", asker: "app", summary: "Forget a vehicle", params: SCHEMAS.vehicle, success: 204, answer: async ({ who, params }) => {
      await vehicles.remove(who, own(who, params).vehicle);
      return { status: 204 };
    } },
    { method: "POST", url: "/v1/vehicles/:vehicle/uplink-token", asker: "app", summary: "A new token for its uplink; the old one dies", params: SCHEMAS.vehicle, success: 200, answer: async ({ who, params }) => ({ status: 200, body: { uplinkToken: await vehicles.renewToken(who, own(who, params).vehicle) } }) },
    { method: "GET", url: "/v1/vehicles/:vehicle/report", asker: "app", summary: "What it last reported", params: SCHEMAS.vehicle, success: 200, answer: async ({ who, params }) => ({ status: 200, body: vehicles.report(who, own(who, params).vehicle) }) },
    { method: "PUT", url: "/v1/vehicles/:vehicle/revocation-list", asker: "app", summary: "Leave a signed revocation list for the car; opaque here", params: SCHEMAS.vehicle, body: SCHEMAS.list, success: 202, answer: async ({ who, params, body }) => {
      await vehicles.leaveList(who, own(who, params).vehicle, (body as { list: string }).list);
      return { status: 202, body: {} };
    } },
    { method: "POST", url: "/v1/vehicles/:vehicle/links", asker: "app", summary: "Open a courier link", params: SCHEMAS.vehicle, success: 201, answer: async ({ who, params }) => ({ status: 201, body: { link: courier.open(own(who, params).vehicle) } }) },
    { method: "DELETE", url: "/v1/vehicles/:vehicle/links/:link", asker: "app", summary: "End a courier link", params: SCHEMAS.link, success: 204, answer: async ({ who, params }) => {
      const { vehicle, link } = own(who, params);
      courier.close(vehicle, link);
      return { status: 204 };
    } },
    { method: "POST", url: "/v1/vehicles/:vehicle/links/:link/frames", asker: "app", summary: `Opaque frames to the car, each of at most ${LIMITS.frameBytes} bytes`, params: SCHEMAS.link, body: SCHEMAS.frames, success: 202, answer: async ({ who, params, body }) => {
      const { vehicle, link } = own(who, params);
      courier.toCar(vehicle, link, (body as { frames: string[] }).frames);
      return { status: 202, body: {} };
    } },
    { method: "GET", url: "/v1/vehicles/:vehicle/links/:link/frames", asker: "app", summary: "Opaque frames from the car", params: SCHEMAS.link, query: SCHEMAS.poll, success: 200, answer: async ({ who, params, query }) => {
      const { vehicle, link } = own(who, params);
      return { status: 200, body: await courier.toApp(vehicle, link, query.after, query.waitMs) };
    } },
  ];
}

function codeIn(body: unknown): string {
  return (body as { readonly code: string }).code;
}
