import { describe, expect, it } from "vitest";
import { keysOf } from "../../../scripts/terminal/keyboard.ts";
import { speaksUtf8 } from "../../../scripts/terminal/locale.ts";

describe("keys of a terminal", () => {
  it("are letters one by one, also where several come in one read", () => expect(keysOf("ul?")).toEqual(["u", "l", "?"]));

  it("are arrows by name, in normal and application mode", () => expect(keysOf("\u001b[A\u001bOB\u001b[1;5C")).toEqual(["up", "down", "right"]));

  it("know what ends a program", () => expect(keysOf("\u0003\u0004\r\u001b")).toEqual(["ctrl-c", "ctrl-d", "enter", "escape"]));

  it("swallow sequences nobody asked for", () => expect(keysOf("\u001b[3~x")).toEqual(["x"]));
});

describe("the locale", () => {
  it.each([
    [{ LANG: "de_DE.UTF-8" }, true],
    [{ LANG: "C.utf8" }, true],
    [{ LANG: "C" }, false],
    [{ LC_ALL: "C", LANG: "en_US.UTF-8" }, false],
    [{ LC_ALL: "", LC_CTYPE: "en_US.UTF-8", LANG: "C" }, true],
    [{}, false],
  ])("%o shows UTF-8: %s", (env, expected) => expect(speaksUtf8(env, "linux")).toBe(expected));
});
