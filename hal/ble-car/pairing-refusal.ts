import type { Bleno } from "./bleno.ts";

/** The L2CAP channel of the security manager protocol, and what of it is needed (Bluetooth Core 5.4 Vol 3 Part A section 2.1, Part H section 3.5). */
const SECURITY_MANAGER_CHANNEL = 0x0006;
const PAIRING_REQUEST = 0x01;
const PAIRING_FAILED = 0x05;
const PAIRING_NOT_SUPPORTED = 0x05;

/**
 * Refuses to pair: bleno by itself bonds with whoever asks and keeps the key for ever, and nothing here rests on the link layer's security.
 * A central is told at once, and goes on without.
 *
 * To be called before the first `stateChange` listener: it is then that bleno starts to listen.
 */
export function refusePairing(bleno: Bleno): void {
  const bindings = bleno._bindings;
  const take = bindings.onAclDataPkt;
  bindings.onAclDataPkt = function refusing(handle, channel, data) {
    if (channel !== SECURITY_MANAGER_CHANNEL) return take.call(this, handle, channel, data);
    // Of a connection that bleno does not know it would lose count, and send nothing to anybody any more.
    const isKnown = this._hci._handleAclsInProgress[handle] !== undefined;
    if (isKnown && data[0] === PAIRING_REQUEST) this._hci.queueAclDataPkt(handle, channel, Buffer.of(PAIRING_FAILED, PAIRING_NOT_SUPPORTED));
  };
}
