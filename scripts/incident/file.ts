import { readFileSync, statSync } from "node:fs";
import { Ajv } from "ajv";
import { findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode, type Node, type ParseError } from "jsonc-parser";
import { incidentFaults, type Incident } from "../../sim/incident/index.ts";
import { CommandFailure } from "../cli/command.ts";
import { shown } from "../cli/output.ts";
import { packageJson } from "../cli/package-file.ts";
import { toFault } from "../config/check.ts";
import type { ConfigFault } from "../config/car-settings.ts";

/** The incidents of the package take 2 to 6 kB each. */
const FILE_BYTES_MAX = 256 * 1024;

/** Deeper than any incident is; the parser recurses. */
const DEPTH_MAX = 32;

/** Faults that one answer names; whoever mends these sees the others. */
const FAULT_COUNT_MAX = 20;

/** One fault of a file, with the line it is on, from 1. */
export interface LineFault extends ConfigFault {
  readonly line: number;
}

/** The incident in `file`, by docs/incident.schema.json and then by its own names and times; otherwise a failure with all that is wrong, by line. */
export function readIncident(file: string): Incident {
  const text = readText(file);
  const root = parse(text, file);
  const data = getNodeValue(root) as unknown;
  const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, verbose: true, discriminator: true });
  const valid = ajv.validate(packageJson("docs", "incident.schema.json") as Record<string, unknown>, data);
  const found = valid
    ? incidentFaults(data as Incident).map((fault): ConfigFault => ({ ...fault, fix: "correct one of the two" }))
    : (ajv.errors ?? []).map(toFault);
  if (found.length === 0) return data as Incident;
  const faults = found.slice(0, FAULT_COUNT_MAX).map((fault): LineFault => ({ ...fault, line: lineOf(text, nodeAt(root, fault.path).offset) })).sort((a, b) => a.line - b.line);
  const lines = faults.map(({ line, path, message, fix }) => `  line ${line}: ${path === "" ? "/" : path}: ${message}; ${fix}`);
  throw new CommandFailure(shown(`${file} is no incident:`) + `\n${lines.map(shown).join("\n")}`, "Its shape is in docs/incident.schema.json of the package.", { file, faults });
}

function readText(file: string): string {
  try {
    if (statSync(file).size > FILE_BYTES_MAX) throw new Error(`it is larger than ${FILE_BYTES_MAX} bytes`);
    return readFileSync(file, "utf8");
  } catch (fault) {
    throw new CommandFailure(`${file} cannot be read: ${(fault as Error).message}`, "Name a file that exists, or an incident that comes with the package: latchkey incident list");
  }
}

/** Plain JSON: the parser tells positions, and takes neither comments nor trailing commas here. */
function parse(text: string, file: string): Node {
  const deep = depthFault(text);
  if (deep !== undefined) throw notJson(file, lineOf(text, deep), `nested deeper than ${DEPTH_MAX}`);
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const first = errors[0];
  if (first !== undefined || root === undefined) throw notJson(file, lineOf(text, first?.offset ?? 0), first === undefined ? "it is empty" : words(printParseErrorCode(first.error)));
  const twice = repeatedName(root);
  if (twice !== undefined) throw notJson(file, lineOf(text, twice.offset), `the name ${String(twice.value)} comes twice`);
  return root;
}

function notJson(file: string, line: number, why: string): CommandFailure {
  return new CommandFailure(shown(`${file} is not JSON: line ${line}: ${why}`), "Correct it in that line or just before.");
}

/** `CommaExpected` as words. */
function words(code: string): string {
  return code.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).toLowerCase();
}

/** Where the text is nested too deeply to be parsed by recursion; brackets inside strings do not count. */
function depthFault(text: string): number | undefined {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"|[[\]{}]/g)) {
    if (token === "[" || token === "{") depth += 1;
    else if (token === "]" || token === "}") depth -= 1;
    if (depth > DEPTH_MAX) return index;
  }
  return undefined;
}

/** A name that one object has twice: readers differ in which of them counts. */
function repeatedName(node: Node): Node | undefined {
  const seen = new Set<unknown>();
  for (const child of node.children ?? []) {
    const name = child.type === "property" ? child.children?.[0] : undefined;
    if (name !== undefined && seen.has(name.value)) return name;
    seen.add(name?.value ?? child);
    const inside = repeatedName(child);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

/** The node that a JSON Pointer (RFC 6901) names, or the nearest around it where it names what is missing. */
function nodeAt(root: Node, pointer: string): Node {
  const segments = pointer.split("/").slice(1).map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~")).map((segment) => (/^\d+$/.test(segment) ? Number(segment) : segment));
  for (let length = segments.length; length > 0; length--) {
    const node = findNodeAtLocation(root, segments.slice(0, length));
    if (node !== undefined) return node;
  }
  return root;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
