/** Dependencies point one way: scripts, tests -> hal, sim -> firmware -> nothing. */
module.exports = {
  forbidden: [
    { name: "firmware-imports-only-firmware", severity: "error", from: { path: "^firmware/" }, to: { pathNot: "^firmware/" } },
    { name: "controller-never-imports-key", severity: "error", from: { path: "^firmware/", pathNot: "^firmware/key/" }, to: { path: "^firmware/key/" } },
    { name: "hal-does-not-know-sim-or-scripts", severity: "error", from: { path: "^hal/" }, to: { path: "^(sim|scripts|tests)/" } },
    { name: "sim-imports-only-firmware-and-sim", severity: "error", from: { path: "^sim/" }, to: { pathNot: "^(sim|firmware)/" } },
    { name: "product-does-not-import-tests", severity: "error", from: { path: "^(hal|sim|scripts)/" }, to: { path: "^tests/" } },
    {
      name: "rooms-by-their-door",
      comment: "a room of firmware/, hal/ or sim/ is entered by its public face alone",
      severity: "error",
      from: { path: "^(firmware|hal|sim|scripts)/([^/]+)" },
      to: { path: "^(firmware|hal|sim)/[^/]+/", pathNot: ["^$1/$2/", "^(firmware|hal|sim)/[^/]+/index\\.ts$"] },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } } },
    {
      name: "no-network-on-the-unlock-path",
      comment: "the socket radio alone may import node:net; scripts/console and the kernel rig speak over unix sockets; the cloud and its clients are processes of their own",
      severity: "error",
      from: { path: "^(firmware|hal|sim|scripts)/", pathNot: "^(hal/socket-radio|scripts/(console|hil/kernel|cloud|uplink|app))/" },
      to: { path: "^(node:)?(net|http|https|http2|dns|tls|dgram)(/|$)" },
    },
    {
      name: "sockets-without-names-or-the-web",
      severity: "error",
      from: { path: "^(hal/socket-radio|scripts/(console|hil/kernel))/" },
      to: { path: "^(node:)?(http|https|http2|dns|tls|dgram)(/|$)" },
    },
    {
      name: "networked-rooms-stand-alone",
      comment: "only the command itself loads the cloud and its clients, when asked for; no car and no key can reach them",
      severity: "error",
      from: { path: "^(firmware|hal|sim|scripts)/", pathNot: "^(scripts/latchkey\\.ts$|scripts/(cloud|uplink|app)/)" },
      to: { path: "^scripts/(cloud|uplink|app)/" },
    },
    {
      name: "networked-rooms-are-loaded-lazily",
      severity: "error",
      from: { path: "^scripts/latchkey\\.ts$" },
      to: { path: "^scripts/(cloud|uplink|app)/", dependencyTypesNot: ["dynamic-import"] },
    },
    { name: "not-to-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: { tsPreCompilationDeps: true, tsConfig: { fileName: "tsconfig.base.json" }, doNotFollow: { path: "node_modules" }, exclude: { path: "^(dist|tests/purity/violations)/" } },
};
