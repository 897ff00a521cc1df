import { createRequire } from "node:module";

/**
 * A package with native parts, which may be missing; throws what loading it throws. By `require`, because that also looks where NODE_PATH
 * says: a release in a slot lies outside the installation that has these packages, and its boot loader names the place so.
 */
export function requirePackage<T>(name: string): T {
  return createRequire(import.meta.url)(name) as T;
}

/** Whether {@link requirePackage} would find it. */
export function hasPackage(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Where packages of this installation are looked for, as NODE_PATH takes it. */
export function packageFolders(): string {
  return (createRequire(import.meta.url).resolve.paths("a-package") ?? []).join(":");
}
