import { findCar, type StoredTicket } from "../../../firmware/key/index.ts";
import { FakeCar } from "./fake-car.ts";
import { Connection, Phone, type ConnectionOptions } from "./phone.ts";

/** A car and a phone that has unlocked it once, so that it holds a ticket. */
export function acquainted(seed: string, options: ConnectionOptions = {}): { car: FakeCar; phone: Phone } {
  const car = new FakeCar(seed);
  const phone = new Phone(seed).know(car);
  const connection = new Connection(phone, car, options);
  connection.request({ kind: "unlock" });
  connection.run();
  if (connection.of("reply").length !== 1) throw new Error("the first unlock failed");
  return { car, phone };
}

export function ticketOf(phone: Phone, car: FakeCar): StoredTicket | undefined {
  return findCar(phone.wallet, car.vehicleId)?.ticket;
}
