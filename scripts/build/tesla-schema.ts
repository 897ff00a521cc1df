import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import protobuf from "protobufjs";
import { packagePath } from "../cli/package-file.ts";

const FOLDER = ["hal", "tesla-codec"] as const;

/** The schema files of the Tesla dialect as the module that the codec loads, so that no car reads or parses them at its start. */
export function schemaModule(): string {
  const root = new protobuf.Root();
  const folder = packagePath(...FOLDER, "schema");
  for (const name of readdirSync(folder).sort()) protobuf.parse(readFileSync(`${folder}/${name}`, "utf8"), root);
  root.resolveAll();
  const messages = Object.entries((root.toJSON().nested!["tesla"] as { readonly nested: object }).nested);
  const lines = messages.map(([name, message]) => `  ${name}: ${JSON.stringify(message)},`);
  return ["// Made by `npm run schema` from the files in schema/.", "export const SCHEMA = { nested: { tesla: { nested: {", ...lines, "} } } };", ""].join("\n");
}

/** Where that module is. */
export const SCHEMA_PATH = packagePath(...FOLDER, "schema.ts");

if (process.argv[1]?.endsWith("tesla-schema.js")) writeFileSync(SCHEMA_PATH, schemaModule());
