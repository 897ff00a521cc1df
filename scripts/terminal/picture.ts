import type { Style } from "../cli/output.ts";
import { Canvas } from "./canvas.ts";
import type { Line } from "./line.ts";
import type { CarView, LatchView, PhoneView } from "./view.ts";

export const PICTURE_COLUMNS = 45;
export const PICTURE_ROWS = 13;

const LEFT = 15;
const RIGHT = 29;
const DOOR_ROW = 5;

/** Columns between the car's side and a phone; each doubling of the distance is two more. */
function columnsAway(metres: number): number {
  return Math.min(11, 1 + Math.round(2 * Math.log2(1 + metres)));
}

const BODY: readonly string[] = [
  "  ╭─────────╮  ",
  "╭─╯         ╰─╮",
  "│             │",
  "│ ╭─────────╮ │",
  "│╱           ╲│",
  "│             │",
  "│             │",
  "│             │",
  "│╲           ╱│",
  "│ ╰─────────╯ │",
  "│             │",
  "╰─╮         ╭─╯",
  "  ╰─────────╯  ",
];

/** How a latch looks at a glance: a word of six columns at most, and its colour. */
export function latchWord(latch: LatchView): { readonly word: string; readonly style: Style } {
  if (latch.open) return { word: "OPEN", style: "yellow" };
  switch (latch.state) {
    case "locked":
      return { word: "locked", style: "green" };
    case "unlocked":
      return { word: "free", style: "yellow" };
    case "locking":
    case "unlocking":
      return { word: "moves", style: "cyan" };
    case "jammed":
      return { word: "JAMMED", style: "red" };
    case "unconfirmed":
      return { word: "no ack", style: "red" };
    default:
      return { word: "?", style: "dim" };
  }
}

/** The car from above, nose up: doors drawn open, each latch with its state where it sits, phones around it by distance. */
export function picture(view: Pick<CarView, "latches" | "phones" | "drive" | "occupied">): Line[] {
  const canvas = new Canvas(PICTURE_COLUMNS, PICTURE_ROWS);
  BODY.forEach((text, row) => canvas.put(row, LEFT, text, "bold"));
  const { latches } = view;
  door(canvas, latches.find(({ id }) => id === "driverDoor"), "left");
  door(canvas, latches.find(({ id }) => id === "passengerDoor"), "right");
  trunk(canvas, latches.find(({ kind }) => kind === "trunk"));
  chargePort(canvas, latches.find(({ kind }) => kind === "chargePort"));
  if (view.drive !== "immobilised") canvas.put(2, LEFT + 3, view.drive.slice(0, 9), "cyan");
  if (view.occupied) canvas.put(DOOR_ROW + 2, LEFT + 3, "●", "bold");
  view.phones.slice(0, 4).forEach((phone, index) => drawPhone(canvas, phone, index));
  return canvas.lines();
}

function door(canvas: Canvas, latch: LatchView | undefined, side: "left" | "right"): void {
  if (latch === undefined) return;
  const { word, style } = latchWord(latch);
  const column = side === "left" ? LEFT : RIGHT;
  for (let row = DOOR_ROW; row < DOOR_ROW + 3; row++) canvas.put(row, column, latch.open ? " " : latch.state === "locked" ? "┃" : "┊", style);
  canvas.put(DOOR_ROW - 1, side === "left" ? LEFT - 1 - word.length : RIGHT + 2, word, style);
  if (!latch.open) return;
  // Hinged at the front: the rear edge swings out.
  for (let step = 0; step < 3; step++) {
    canvas.put(DOOR_ROW + step, side === "left" ? LEFT - 1 - step : RIGHT + 1 + step, side === "left" ? "╱" : "╲", "yellow");
  }
}

function trunk(canvas: Canvas, latch: LatchView | undefined): void {
  if (latch === undefined) return;
  const { word, style } = latchWord(latch);
  canvas.put(10, LEFT + 2, `trunk ${word}`.slice(0, 12), style);
  if (latch.open) canvas.put(12, LEFT + 2, "━━━━━━━━━━━", "yellow");
}

function chargePort(canvas: Canvas, latch: LatchView | undefined): void {
  if (latch === undefined) return;
  const { word, style } = latchWord(latch);
  const text = `charge ${word}`;
  canvas.put(10, LEFT - text.length - 1, text, style);
  canvas.put(10, LEFT, "┤", style);
}

function drawPhone(canvas: Canvas, phone: PhoneView, index: number): void {
  const left = index % 2 === 0;
  const row = index < 2 ? DOOR_ROW + 3 : 2;
  const style: Style | undefined = phone.connected ? "green" : phone.selected ? "bold" : "dim";
  if (phone.distanceM < 0.5) {
    canvas.put(DOOR_ROW + 1, left ? LEFT + 1 : RIGHT - 5, phone.name.slice(0, 5).padStart(left ? 0 : 5), style);
    return;
  }
  const away = columnsAway(phone.distanceM);
  const column = left ? LEFT - 1 - away : RIGHT + 1 + away;
  if (phone.connected) canvas.put(row, left ? column + 1 : RIGHT + 1, "┄".repeat(away), "green");
  canvas.put(row, column, phone.connected ? "●" : "○", style);
  const name = phone.name.slice(0, 10);
  const start = left ? Math.max(0, column - name.length + 1) : Math.min(PICTURE_COLUMNS - name.length, column);
  canvas.put(row - 1, start, name, phone.selected ? "inverse" : style);
}
