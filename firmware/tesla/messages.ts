/** The messages of the Tesla dialect as plain objects: a field that was not on the wire is not there. Numbers and meanings: docs/tesla.md. */
import type { Action, Response } from "./car-server-messages.ts";

export interface Destination {
  readonly domain?: number;
  readonly routingAddress?: Uint8Array | undefined;
}

export interface SessionInfoRequest {
  readonly publicKey?: Uint8Array;
  readonly challenge?: Uint8Array;
}

export interface MessageStatus {
  readonly operationStatus?: number;
  readonly signedMessageFault?: number;
}

/** At most one of the three payloads. */
export interface RoutableMessage {
  readonly toDestination?: Destination | undefined;
  readonly fromDestination?: Destination | undefined;
  readonly protobufMessageAsBytes?: Uint8Array | undefined;
  readonly sessionInfoRequest?: SessionInfoRequest | undefined;
  readonly sessionInfo?: Uint8Array | undefined;
  readonly signedMessageStatus?: MessageStatus | undefined;
  readonly signatureData?: SignatureData | undefined;
  readonly requestUuid?: Uint8Array | undefined;
  readonly uuid?: Uint8Array | undefined;
  readonly flags?: number | undefined;
}

export interface KeyIdentity {
  readonly publicKey?: Uint8Array;
  readonly handle?: number;
}

export interface AesGcmPersonalized {
  readonly epoch?: Uint8Array;
  readonly nonce?: Uint8Array;
  readonly counter?: number;
  readonly expiresAt?: number;
  readonly tag?: Uint8Array;
}

export interface HmacPersonalized {
  readonly epoch?: Uint8Array;
  readonly counter?: number;
  readonly expiresAt?: number;
  readonly tag?: Uint8Array;
}

export interface AesGcmResponse {
  readonly nonce?: Uint8Array;
  readonly counter?: number;
  readonly tag?: Uint8Array;
}

export interface SignatureData {
  readonly signerIdentity?: KeyIdentity;
  readonly aesGcmPersonalized?: AesGcmPersonalized;
  readonly sessionInfoTag?: { readonly tag?: Uint8Array };
  readonly hmacPersonalized?: HmacPersonalized;
  readonly aesGcmResponse?: AesGcmResponse;
}

export interface SessionInfo {
  readonly counter?: number | undefined;
  readonly publicKey?: Uint8Array;
  readonly epoch?: Uint8Array;
  readonly clockTime?: number | undefined;
  readonly status?: number | undefined;
  readonly handle?: number | undefined;
}

export interface ToVcsecMessage {
  readonly signedMessage?: { readonly protobufMessageAsBytes?: Uint8Array; readonly signatureType?: number };
}

export interface KeyIdentifier {
  readonly publicKeySha1?: Uint8Array;
}

export interface InformationRequest {
  readonly informationRequestType?: number;
  readonly keyId?: KeyIdentifier;
  readonly publicKey?: Uint8Array;
  readonly slot?: number;
}

/** What is wanted of each closure, or how it is: the two messages share their fields. */
export interface Closures {
  readonly frontDriverDoor?: number;
  readonly frontPassengerDoor?: number;
  readonly rearDriverDoor?: number;
  readonly rearPassengerDoor?: number;
  readonly rearTrunk?: number;
  readonly frontTrunk?: number;
  readonly chargePort?: number;
  readonly tonneau?: number;
}

export interface VcsecPublicKey {
  readonly publicKeyRaw?: Uint8Array;
}

export interface PermissionChange {
  readonly key?: VcsecPublicKey;
  readonly secondsToBeActive?: number;
  readonly keyRole?: number;
}

export interface ReplaceKey {
  readonly publicKeyToReplace?: VcsecPublicKey;
  readonly slotToReplace?: number;
  readonly keyToAdd?: VcsecPublicKey;
  readonly keyRole?: number;
  readonly impermanent?: boolean;
}

export interface WhitelistOperation {
  readonly addPublicKeyToWhitelist?: VcsecPublicKey;
  readonly removePublicKeyFromWhitelist?: VcsecPublicKey;
  readonly addPermissionsToPublicKey?: PermissionChange;
  readonly removePermissionsFromPublicKey?: PermissionChange;
  readonly addKeyToWhitelistAndAddPermissions?: PermissionChange;
  readonly updateKeyAndPermissions?: PermissionChange;
  readonly addImpermanentKey?: PermissionChange;
  readonly addImpermanentKeyAndRemoveExisting?: PermissionChange;
  readonly removeAllImpermanentKeys?: boolean;
  readonly replaceKey?: ReplaceKey;
  readonly metadataForKey?: { readonly keyFormFactor?: number };
}

export interface UnsignedMessage {
  readonly informationRequest?: InformationRequest;
  readonly rkeAction?: number;
  readonly closureMoveRequest?: Closures;
  readonly whitelistOperation?: WhitelistOperation;
}

export interface VehicleStatus {
  readonly closureStatuses?: Closures | undefined;
  readonly vehicleLockState?: number | undefined;
  readonly vehicleSleepStatus?: number;
  readonly userPresence?: number;
}

export interface WhitelistOperationStatus {
  readonly whitelistOperationInformation?: number;
  readonly signerOfOperation?: KeyIdentifier;
  readonly operationStatus?: number;
}

export interface CommandStatus {
  readonly operationStatus?: number;
  readonly signedMessageStatus?: { readonly counter?: number; readonly signedMessageInformation?: number };
  readonly whitelistOperationStatus?: WhitelistOperationStatus;
}

export interface WhitelistInfo {
  readonly numberOfEntries?: number;
  readonly whitelistEntries?: readonly KeyIdentifier[];
  readonly slotMask?: number;
}

export interface WhitelistEntryInfo {
  readonly keyId?: KeyIdentifier;
  readonly publicKey?: VcsecPublicKey;
  readonly metadataForKey?: { readonly keyFormFactor?: number };
  readonly slot?: number;
  readonly keyRole?: number;
}

export interface FromVcsecMessage {
  readonly vehicleStatus?: VehicleStatus;
  readonly commandStatus?: CommandStatus;
  readonly whitelistInfo?: WhitelistInfo;
  readonly whitelistEntryInfo?: WhitelistEntryInfo;
  readonly nominalError?: { readonly genericError?: number };
}

/** Every message that is encoded or decoded by itself, by its name in the schema. */
export interface TeslaMessages {
  readonly RoutableMessage: RoutableMessage;
  readonly SessionInfo: SessionInfo;
  readonly ToVcsecMessage: ToVcsecMessage;
  readonly UnsignedMessage: UnsignedMessage;
  readonly FromVcsecMessage: FromVcsecMessage;
  readonly Action: Action;
  readonly Response: Response;
}
export type TeslaMessageName = keyof TeslaMessages;

/**
 * Protobuf (proto3) for these messages, a port: the library stays outside the firmware.
 *
 * Unknown fields are skipped. Members of a oneof are present as soon as they were on the wire, with a value of zero too, and are written as
 * soon as they are present. `encode` writes ascending field numbers, and no field that is undefined.
 */
export interface TeslaCodec {
  /** Undefined where the bytes are no such message. */
  decode<N extends TeslaMessageName>(name: N, bytes: Uint8Array): TeslaMessages[N] | undefined;
  encode<N extends TeslaMessageName>(name: N, message: TeslaMessages[N]): Uint8Array;
}
