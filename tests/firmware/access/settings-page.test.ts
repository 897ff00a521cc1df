import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { DEFAULT_SETTINGS, SETTING_RULES, type SettingName } from "../../../firmware/access/settings.ts";

it("docs/access.md lists every setting that owners may change, with its default and its range", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/access.md"), "utf8");
  const rows = [...page.split("## Settings")[1]!.split("\n## ")[0]!.matchAll(/^\| (\w+) \| (\S+) \| ([^|]+) \|/gm)].map(([, ...cells]) => cells);
  const names = (Object.keys(SETTING_RULES) as SettingName[]).filter((name) => SETTING_RULES[name].byCommand);
  const rangeOf = (name: SettingName): string => {
    const rule = SETTING_RULES[name];
    return rule.kind === "switch" ? "true, false" : `${rule.min} to ${rule.max}`;
  };
  expect(rows).toEqual(names.map((name) => [name, String(DEFAULT_SETTINGS[name]), rangeOf(name)]));
});
