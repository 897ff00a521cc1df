import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { User } from "../../processes/programs.ts";
import { Asked, type Result } from "../asked.ts";
import { VIN, type TeslaGarage } from "../tesla/peer.ts";
import { PYTHON } from "../tools.ts";

const CLIENT = fileURLToPath(new URL("client.py", import.meta.url));

/** tesla_fleet_api in a process of its own. */
export class PythonPeer extends Asked {
  private constructor(user: User, key: string) {
    super(spawn(PYTHON, [CLIENT, "--vin", VIN, "--key", user.path(`${key}.pem`)], { stdio: "pipe" }));
  }

  static async attached(garage: TeslaGarage, key: string): Promise<PythonPeer> {
    const peer = new PythonPeer(garage.user, key);
    await peer.attach(garage);
    return peer;
  }

  /** A client whose key has become one of the car's, by a card tapped inside. */
  static async paired(garage: TeslaGarage, key = "client"): Promise<PythonPeer> {
    const peer = await PythonPeer.attached(garage, key);
    const pairing = peer.does("pair");
    await garage.car.heard(({ event, why }) => event === "note" && String(why).includes("waits for a card tapped inside"));
    await garage.world("tap-card");
    await pairing;
    return peer;
  }

  async attach(garage: TeslaGarage): Promise<void> {
    await this.does(`attach 127.0.0.1:${garage.car.port}`);
  }

  /** Its answer; it must succeed. */
  async does(command: string): Promise<Result["answer"]> {
    const result = await this.ask(command);
    expect([result.command, result.ok, result.error]).toEqual([command, true, undefined]);
    return result.answer;
  }

  /** What the car made of an order. */
  async orders(command: string): Promise<{ readonly result: boolean; readonly reason: string }> {
    return (await this.does(command)).response;
  }

  /** An act of the doors: this version of the library hands on how the car is, which was the answer. */
  async acts(command: string): Promise<void> {
    expect([command, await this.orders(command)]).toEqual([command, expect.objectContaining({ vehicleSleepStatus: expect.any(String) })]);
  }

  /** An order that the car takes. */
  async done(command: string): Promise<void> {
    expect([command, await this.orders(command)]).toEqual([command, { result: true, reason: "" }]);
  }

  /** Why the car does not take an order. */
  async declined(command: string): Promise<string> {
    const { result, reason } = await this.orders(command);
    expect([command, result]).toEqual([command, false]);
    return reason;
  }
}
