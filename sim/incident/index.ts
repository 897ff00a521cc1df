export { baselineSide } from "./baseline-side.ts";
export * from "./faults.ts";
export * from "./format.ts";
export * from "./list.ts";
export * from "./replay.ts";
export * from "./report.ts";
export type { Side, Wish } from "./side.ts";
export { tell, type StoryLine, type Told } from "./story.ts";
