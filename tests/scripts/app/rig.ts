import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly token: string | undefined;
  readonly body: unknown;
}

export interface Answered {
  readonly status: number;
  readonly body?: unknown;
}

/** A cloud of the test's own that answers as told; a promise holds the request. */
export async function startCloud(answer: (asked: Asked) => Answered | Promise<Answered>): Promise<{ readonly url: URL; readonly asked: Asked[] }> {
  const seen: Asked[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (piece) => (text += String(piece)));
    request.on("end", () => {
      const asked: Asked = { method: request.method!, path: request.url!, token: request.headers.authorization?.replace("Bearer ", ""), body: text === "" ? undefined : JSON.parse(text) };
      seen.push(asked);
      void Promise.resolve(answer(asked)).then(({ status, body }) => {
        response.writeHead(status).end(status === 204 ? undefined : JSON.stringify(body ?? {}));
      });
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), asked: seen };
}

/** The options of a key file in a folder that goes with the test. */
export function ownFolder(): { readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-app-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { file: join(folder, "key") };
}
