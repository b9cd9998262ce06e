// What the shop's versions are like, and which of them a web host has. All of them are well by their own check.
import { appendFileSync, readFileSync } from "node:fs";

/** How long each takes to answer. */
export const ANSWERS_AFTER_MS = new Map([
  ["1.0", 800],
  ["1.1", 200],
  ["1.2", 1000],
  ["1.3", 200],
]);

/** All versions that were ever installed on this host, a line each; without it, it has the first one. */
const FILE = "versions";

export function installedVersion() {
  try {
    return readFileSync(FILE, "utf8").trim().split("\n").at(-1);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return "1.0";
  }
}

export function noteVersion(version) {
  appendFileSync(FILE, `${version}\n`);
}
