const { EventEmitter } = require("node:events");

/** In place of the native socket class: its adapters are the virtual controllers that a test has put up, by device number. */
class VirtualHciSocket extends EventEmitter {
  bindUser(device = 0) {
    this.controller = globalThis[Symbol.for("latchkey.virtual-hci")]?.get(device);
    if (this.controller === undefined) throw new Error(`no virtual adapter ${device}`);
    this.controller.attach((packet) => this.emit("data", Buffer.from(packet)));
    return device;
  }

  bindRaw(device) {
    return this.bindUser(device);
  }

  isDevUp() {
    return this.controller?.isPresent ?? false;
  }

  write(packet) {
    this.controller?.receive(Uint8Array.from(packet));
  }

  bindControl() {}
  setFilter() {}
  start() {}
  stop() {}
}

module.exports = VirtualHciSocket;
