import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTeslaCodec } from "../../../hal/tesla-codec/index.ts";
import { describe, expect, it } from "vitest";
import { reportPage } from "../../../scripts/incident/page.ts";
import { findIncident, listIncidents, replayIncident, type Incident, type IncidentReport } from "../../../sim/incident/index.ts";
import { bootLatchkey } from "../../../sim/world/index.ts";
import { testFolder } from "../../hal/support/folder.ts";
import { createCrypto } from "../../sim/latchkey.ts";

const play = (incident: Incident): IncidentReport => replayIncident(incident, { controllerIn: () => bootLatchkey, createCrypto, teslaCodec: createTeslaCodec() });
const outage = play(findIncident("tesla-api-2020")!);

const BROWSERS = ["chromium", "chromium-browser", "google-chrome"];
const browser = BROWSERS.find((name) => spawnSync(name, ["--version"]).status === 0);

/** A page in a real browser, without any of its own services. */
function browse(args: readonly string[]): string {
  const own = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run", "--no-default-browser-check", `--user-data-dir=${testFolder()}`];
  return execFileSync(browser!, [...own, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 120_000, maxBuffer: 64 * 1024 * 1024 });
}

describe("the page of a replay", () => {
  it.each(listIncidents().map(({ id }) => id))("of %s shows every end of both controllers, drawn and in words", (id) => {
    const report = play(findIncident(id)!);
    const page = reportPage(report);
    expect(page.match(/<g class="mark /g)).toHaveLength(2 * report.results.length);
    expect(page.match(/<g class="mark bad"/g) ?? []).toHaveLength(report.results.filter(({ expectation, baseline }) => baseline.outcome !== expectation.expect).length);
    expect(page.match(/<tr><th scope="row">/g)).toHaveLength(report.results.length + report.events.length);
  });

  it("needs nothing from anywhere and runs nothing", () => {
    const page = reportPage(outage);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|<object|@import|url\(|\ssrc=|\shref=|\son[a-z]+=/i);
  });

  it("takes words of a file as words, never as markup", () => {
    const evil = `<script>alert("x")</script>'&`;
    const page = reportPage({ ...outage, title: evil, facts: [evil], sources: [evil], events: [{ atMs: 0, of: "story", text: evil }] });
    expect(page).not.toContain("<script");
    expect(page).toContain("&#60;script&#62;alert(&#34;x&#34;)&#60;/script&#62;&#39;&#38;");
  });

  it("has a heading, a language, a described drawing and headed tables for those who listen", () => {
    const page = reportPage(outage);
    expect(page).toMatch(/<html lang="en">/);
    expect(page.match(/<h1>/g)).toHaveLength(1);
    expect(page).toMatch(/role="img" aria-labelledby="svg-title svg-desc"/);
    expect(page.match(/<th scope="col">/g)!.length).toBe(9);
  });

  if (browser === undefined && process.env["LATCHKEY_PEERS"] !== "required") {
    it.skip("in a real browser: apt-get install chromium", () => undefined);
    return;
  }

  it("is what a real browser shows, draws and prints, and it asks no network for anything", () => {
    if (browser === undefined) throw new Error(`none of ${BROWSERS.join(", ")} is here: apt-get install chromium`);
    const folder = testFolder();
    const file = join(folder, "report.html");
    const log = join(folder, "net.json");
    writeFileSync(file, reportPage(outage));
    const dom = browse(["--dump-dom", `file://${file}`]);
    expect(dom).toContain(`<h1>${outage.title}</h1>`);
    expect(dom.match(/<g class="mark /g)).toHaveLength(2 * outage.results.length);
    browse([`--log-net-log=${log}`, "--window-size=1100,1600", `--screenshot=${join(folder, "report.png")}`, `file://${file}`]);
    browse([`--print-to-pdf=${join(folder, "report.pdf")}`, `file://${file}`]);
    // A page that stays white compresses to a few kilobytes.
    expect(statSync(join(folder, "report.png")).size).toBeGreaterThan(30_000);
    expect(readFileSync(join(folder, "report.pdf")).subarray(0, 4).toString()).toBe("%PDF");
    expect(existsSync(log)).toBe(true);
    // The browser's own services have their own hosts; what this page could name are its sources.
    const hosts = outage.sources.flatMap((source) => source.match(/https:\/\/([^/]+)/)?.[1] ?? []);
    expect(hosts.length).toBeGreaterThan(0);
    for (const host of hosts) expect(readFileSync(log, "utf8")).not.toContain(host);
  }, 300_000);
});
