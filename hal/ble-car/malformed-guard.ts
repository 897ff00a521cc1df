import type { Bleno } from "./bleno.ts";

const HCI_ACL_DATA = 0x02;
/** Of the 16 bits behind the packet type, the handle (Bluetooth Core 5.4 Vol 4 Part E section 5.4.2). */
const HANDLE_MASK = 0x0fff;

/** The longest value of an attribute (Bluetooth Core 5.4 Vol 3 Part F section 3.2.9). */
export const VALUE_BYTES_MAX = 512;

/**
 * Keeps bleno alive when a packet is malformed: bleno 0.6.2 (and its fork 0.12.4) throws out of its socket's data event on a truncated ATT
 * or SMP packet, so that any stranger could end the process with one byte. The packet is dropped, and `onMalformed` told whose it was; so it is
 * of a long write that has no end, which bleno would keep whole.
 *
 * To be called before the first `stateChange` listener: it is then that bleno starts to listen.
 */
export function guardAgainstMalformed(bleno: Bleno, onMalformed: (why: string, handle: number | undefined) => void): void {
  const hci = bleno._bindings._hci;
  const take = hci.onSocketData;
  hci.onSocketData = function guarded(packet) {
    const handle = packet[0] === HCI_ACL_DATA && packet.length >= 3 ? packet.readUInt16LE(1) & HANDLE_MASK : undefined;
    try {
      take.call(this, packet);
    } catch (error) {
      onMalformed((error as Error).message, handle);
    }
    if (handle !== undefined && preparedBytes(bleno, handle) > VALUE_BYTES_MAX) onMalformed("a long write that is longer than a value", handle);
  };
}

function preparedBytes(bleno: Bleno, handle: number): number {
  const { _preparedWriteRequest: only, _preparedWriteRequests: byConnection } = bleno._bindings._gatt;
  return (byConnection?.get(handle) ?? only)?.data.length ?? 0;
}
