import { open } from "node:fs/promises";
import { connect } from "node:net";
import { EVENT, LE_EVENT, OPCODE, PACKET } from "../../../sim/hci/index.ts";

/**
 * One more adapter of the guest: a controller of btvirt's server socket on the kernel's /dev/vhci, with two things as real adapters have them,
 * since the Bluetooth library of Tesla's command cannot do without. btvirt has room for one packet, and that library keeps the last one back;
 * btvirt connects within a microsecond, and that library takes a connection for nobody's that is there before it waits for one.
 *
 * Usage: node dist/scripts/hil/kernel/roomy-controller.js SOCKET
 */
const PACKET_COUNT = 8;

/** A connection begins with an advertisement of the peer, one each 100 ms. */
const CONNECTION_MS = 100;

/** What /dev/vhci takes and tells besides packets of the transport: here, to make an adapter of the usual kind (include/net/bluetooth/hci.h). */
const VENDOR_PACKET = 0xff;
const PRIMARY = 0x00;

const adapter = await open("/dev/vhci", "r+");
await adapter.write(Uint8Array.of(VENDOR_PACKET, PRIMARY));
const controller = connect(process.argv[2]!);

let waiting: Buffer = Buffer.alloc(0);
let told = Promise.resolve();
controller.on("data", (chunk: Buffer) => {
  waiting = Buffer.concat([waiting, chunk]);
  for (let size = sizeOf(waiting); size <= waiting.length; size = sizeOf(waiting)) {
    const packet = Buffer.from(waiting.subarray(0, size));
    waiting = waiting.subarray(size);
    told = told.then(() => tell(packet));
  }
});
for (;;) {
  const { bytesRead, buffer } = await adapter.read(Buffer.alloc(4096));
  if (buffer[0] !== VENDOR_PACKET) controller.write(buffer.subarray(0, bytesRead));
}

async function tell(packet: Buffer): Promise<void> {
  const isEvent = packet[0] === PACKET.event;
  // Event, length, commands allowed, opcode, status, bytes of a packet, packets (Bluetooth Core 5.4 Vol 4 Part E section 7.8.2).
  if (isEvent && packet[1] === EVENT.commandComplete && packet.readUInt16LE(4) === OPCODE.leReadBufferSize) packet[9] = PACKET_COUNT;
  if (isEvent && packet[1] === EVENT.leMeta && packet[3] === LE_EVENT.connectionComplete) await new Promise((resolve) => setTimeout(resolve, CONNECTION_MS));
  await adapter.write(packet);
}

/** Bytes of the packet at the beginning of `bytes`, more than there are while its header is not whole. */
function sizeOf(bytes: Buffer): number {
  if (bytes[0] === PACKET.event) return bytes.length < 3 ? Infinity : 3 + bytes[2]!;
  return bytes.length < 5 ? Infinity : 5 + bytes.readUInt16LE(3);
}
