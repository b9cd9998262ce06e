import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** The file of ssh's own words about one channel. */

const KEPT_WORDS = 1000;

/** Why there is none, where there is none: ssh makes it before all else. */
export function whyUnwritten(logFile: string): unknown {
  if (existsSync(logFile)) return undefined;
  try {
    writeFileSync(logFile, "", { flag: "wx", mode: 0o600 });
    return new Error("ssh has made no log");
  } catch (error) {
    return error;
  }
}

export function wordsIn(logFile: string): string {
  try {
    return readFileSync(logFile, "utf8").slice(0, KEPT_WORDS);
  } catch {
    return "";
  }
}
