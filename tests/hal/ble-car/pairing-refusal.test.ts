import { expect, it } from "vitest";
import type { Bleno } from "../../../hal/ble-car/bleno.ts";
import { refusePairing } from "../../../hal/ble-car/pairing-refusal.ts";

it("a pairing request of a connection that bleno does not know is not answered", () => {
  const queued: number[] = [];
  const bindings = { onAclDataPkt: () => undefined, _hci: { _handleAclsInProgress: { 1: 0 }, queueAclDataPkt: (handle: number) => queued.push(handle) } };
  refusePairing({ _bindings: bindings } as unknown as Bleno);
  const receive = bindings.onAclDataPkt as unknown as (handle: number, channel: number, data: Buffer) => void;
  for (const handle of [2, 1]) receive.call(bindings, handle, 6, Buffer.of(1));
  expect(queued).toEqual([1]);
});
