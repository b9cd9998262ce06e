import { readFileSync } from "node:fs";
import { inPackage } from "../files/package-folder.ts";

/** This package's version, read once. */
export const VERSION: string = (
  JSON.parse(readFileSync(inPackage("package.json"), "utf8")) as { version: string }
).version;
