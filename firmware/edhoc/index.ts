export { METHODS, SUITES, type Authentication, type Method, type Suite } from "./suites.ts";
export { idCredOfCcs, idCredOfCwt, idCredOfKid, idCredOfMap, type IdCred } from "./identifier.ts";
export { CANDIDATES_MAX, type EdhocError, type EdhocFault, type EdhocFaultKind } from "./fault.ts";
export type { OwnCredential, PeerCredential, PeerLookup } from "./credentials.ts";
export { Established } from "./established.ts";
export { Initiator, type InitiatorOptions } from "./initiator.ts";
export { Responder, type ResponderOptions } from "./responder.ts";
