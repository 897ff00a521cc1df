import { hasPackage } from "../optional-package/index.ts";

/** The package that reaches serial ports; optional, because its native part does not exist for every machine. */
export const SERIAL_PACKAGE: string = "serialport";

/** What stands in the way of serial ports, with what mends it. */
export interface SerialFault {
  readonly kind: "moduleMissing" | "unreadable";
  readonly found: string;
  readonly wayOut: string;
}

/** From this version of Node on, bytes that arrive at a port are read late or never (serialport/bindings-cpp issue 239, node-serialport issue 3148). */
const UNREADABLE_FROM = { major: 26, minor: 4 } as const;

/**
 * What keeps serial ports from being used here, or undefined. Opens nothing.
 *
 * On some versions of Node writing works and reading does not, which at run time looks like a silent device: hence a table of
 * versions and no probe.
 */
export function serialFault(nodeVersion = process.versions.node, isInstalled: () => boolean = () => hasPackage(SERIAL_PACKAGE)): SerialFault | undefined {
  if (!isInstalled()) return { kind: "moduleMissing", found: `the package ${SERIAL_PACKAGE} is not installed`, wayOut: "npm ci --include=optional" };
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  if (major < UNREADABLE_FROM.major || (major === UNREADABLE_FROM.major && minor < UNREADABLE_FROM.minor)) return undefined;
  return {
    kind: "unreadable",
    found: `${SERIAL_PACKAGE} does not read reliably on Node ${nodeVersion}`,
    wayOut: `Use Node 20.19 or later, 22, 24, 25, or 26 before 26.${UNREADABLE_FROM.minor}.`,
  };
}
