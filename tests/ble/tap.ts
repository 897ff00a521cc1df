import { PACKET, type HciController } from "../../sim/hci/index.ts";

/** Where the value of a write or an indication begins in an ACL packet: after its head, that of L2CAP, the opcode and the handle. */
export const VALUE_OFFSET = 12;

/** Opcodes of the attribute protocol (Bluetooth Core 5.4 Vol 3 Part F section 3.4.8). */
export const isWrite = (packet: Uint8Array): boolean => packet[9] === 0x52;
export const isIndication = (packet: Uint8Array): boolean => packet[9] === 0x1d;

/** Calls `meddle` with each packet that the host behind `controller` sends to its peer, from the first, and sends what it answers. */
export function tap(controller: HciController, meddle: (packet: Uint8Array, index: number) => Uint8Array | undefined): () => void {
  const receive = controller.receive.bind(controller);
  let index = 0;
  controller.receive = (packet) => {
    if (packet[0] !== PACKET.acl) return receive(packet);
    const sent = meddle(packet, index++);
    if (sent !== undefined) receive(sent);
  };
  return () => {
    controller.receive = receive;
  };
}
