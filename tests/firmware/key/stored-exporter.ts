import { Established } from "../../../firmware/edhoc/index.ts";

/** Lets a finished handshake give its PRK_exporter away, where the handshake room does not do so itself yet. */
const prototype = Established.prototype as unknown as {
  exporterSecret?: (this: { exporter(label: number, context: Uint8Array, length: number): Uint8Array; prkExporter: Uint8Array }) => Uint8Array;
};
prototype.exporterSecret ??= function () {
  this.exporter(0, new Uint8Array(0), 0);
  return this.prkExporter;
};
