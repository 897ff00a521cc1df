const VirtualHciSocket = require("@abandonware/bluetooth-hci-socket");

/** The forks choose among several kinds of socket; here there is one. */
module.exports = VirtualHciSocket;
module.exports.loadDriver = () => VirtualHciSocket;
