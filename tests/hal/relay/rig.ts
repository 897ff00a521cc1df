import { RelayBoard, RelayLatches, type RelayProtocol } from "../../../hal/relay/index.ts";
import type { OpenSerialLine, SerialListener } from "../../../hal/serial-line/index.ts";
import { schedulerOf } from "../../../sim/hci/index.ts";
import { VirtualBolt, type RelayDevice, type RelayDeviceWorld } from "../../../sim/serial-devices/index.ts";
import { VirtualClock } from "../../../sim/time/index.ts";

export const LOCK = 1;
export const UNLOCK = 2;

/** A relay board's driver and its virtual twin on one line, in virtual time. */
export function relayRig(protocol: RelayProtocol, makeDevice: (world: RelayDeviceWorld) => RelayDevice) {
  const clock = new VirtualClock();
  const scheduler = schedulerOf(clock);
  const moves: string[] = [];
  const notices: string[] = [];
  const failures: string[] = [];
  const stalls: string[] = [];
  const sent: string[] = [];
  let listener: SerialListener | undefined;
  let plugged = false;
  const bolt = new VirtualBolt({ lockChannel: LOCK, unlockChannel: UNLOCK }, scheduler, () => undefined);
  const device = makeDevice({
    scheduler,
    answer: (bytes) => {
      if (plugged) listener!.received(bytes);
    },
    moved: (channel, on) => {
      moves.push(`${clock.monotonicMs()} ${channel} ${on ? "on" : "off"}`);
      bolt.relayMoved(channel, on);
    },
  });
  const open: OpenSerialLine = (told) => {
    listener = told;
    return {
      write: (bytes) => {
        if (!plugged) return;
        sent.push(Buffer.from(bytes).toString("hex"));
        device.receive(bytes);
      },
      close: async () => undefined,
    };
  };
  const board = new RelayBoard({
    open,
    protocol,
    channels: [LOCK, UNLOCK],
    interlocks: [[LOCK, UNLOCK]],
    timer: scheduler,
    listener: {
      failed: (channel, on, why) => {
        failures.push(`${channel} ${on ? "on" : "off"}: ${why}`);
        latches.failed(channel, on);
      },
      noticed: (what) => notices.push(what),
    },
  });
  const latches: RelayLatches = new RelayLatches([{ latch: "driverDoor", lockChannel: LOCK, unlockChannel: UNLOCK }], board, (latch) => stalls.push(latch));
  return {
    clock, device, board, latches, bolt, moves, notices, failures, stalls, sent,
    plug: () => {
      plugged = true;
      listener!.opened();
    },
    unplug: () => {
      plugged = false;
      listener!.lost("unplugged");
    },
  };
}
