import { writeFileSync } from "node:fs";
import { lockStatesPage } from "./page.ts";

/** Where the page lies in a checkout. */
const PAGE = new URL("../../../docs/lock-states.md", import.meta.url);

const [option, ...rest] = process.argv.slice(2);
if (rest.length > 0 || (option !== undefined && option !== "--write")) {
  process.stderr.write("usage: node dist/scripts/diagram/main.js [--write]\nPrints the lock's states as Markdown; --write puts them into docs/lock-states.md.\n");
  process.exitCode = 2;
} else if (option === "--write") {
  writeFileSync(PAGE, lockStatesPage());
} else {
  process.stdout.write(lockStatesPage());
}
