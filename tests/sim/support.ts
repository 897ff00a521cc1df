import type { ControllerEvent, Effect } from "../../firmware/controller/index.ts";
import type { CryptoPort } from "../../firmware/ports/index.ts";
import type { BootController, BootPorts } from "../../sim/world/index.ts";

/** For worlds in which nothing computes anything secret: any use fails the test. */
export function noCrypto(): CryptoPort {
  return new Proxy({} as CryptoPort, {
    get: (_target, name) => {
      throw new Error(`nothing here needs crypto, yet ${String(name)} was called`);
    },
  });
}

/** A controller that only writes down what it is told and does what the test says. */
export function doubleController(react: (event: ControllerEvent, ports: BootPorts) => readonly Effect[] = () => [], atBoot: readonly Effect[] = []) {
  const events: ControllerEvent[] = [];
  const durable: number[] = [];
  const boots: BootPorts[] = [];
  const boot: BootController = (ports) => {
    boots.push(ports);
    return {
      controller: {
        handle: (event) => {
          events.push(event);
          return react(event, ports);
        },
        durable: () => durable.push(ports.clock.monotonicMs()),
        status: () => new Map(),
      },
      effects: atBoot,
    };
  };
  return { boot, events, durable, boots, kinds: () => events.map(({ kind }) => kind) };
}
