import { expect, it } from "vitest";
import type { BlenoHci } from "../../../hal/ble-car/bleno.ts";
import { SentWatch } from "../../../hal/ble-car/sent-watch.ts";

/** What bleno knows of packets under way. */
function start(): { readonly hci: BlenoHci; readonly inProgress: Record<number, number>; readonly queue: { handle: number }[]; readonly watch: SentWatch; readonly sent: number[] } {
  const inProgress: Record<number, number> = {};
  const queue: { handle: number }[] = [];
  const hci = { pushAclOutQueue: () => undefined, _handleAclsInProgress: inProgress, _aclOutQueue: queue } as unknown as BlenoHci;
  const sent: number[] = [];
  return { hci, inProgress, queue, watch: new SentWatch(hci, (handle) => sent.push(handle)), sent };
}

it("a connection's packets are sent when the adapter has none of them under way and none of them waits, whatever the others do", () => {
  const { hci, inProgress, queue, watch, sent } = start();
  inProgress[1] = 0;
  inProgress[2] = 3;
  queue.push({ handle: 1 }, { handle: 2 });
  watch.expect(1);
  hci.pushAclOutQueue();
  expect(sent).toEqual([]);
  queue.shift();
  inProgress[1] = 1;
  hci.pushAclOutQueue();
  expect(sent).toEqual([]);
  inProgress[1] = 0;
  hci.pushAclOutQueue();
  hci.pushAclOutQueue();
  expect(sent).toEqual([1]);
});

it("nothing is told of a connection that has ended, nor of the next one with its handle", () => {
  const { hci, inProgress, watch, sent } = start();
  inProgress[1] = 1;
  watch.expect(1);
  delete inProgress[1];
  hci.pushAclOutQueue();
  inProgress[1] = 0;
  hci.pushAclOutQueue();
  expect(sent).toEqual([]);
});
