import { lstatSync, readdirSync } from "node:fs";
import { globPattern } from "./glob-pattern.ts";

/** The paths that an absolute pattern of Include matches, as glob(3) finds and sorts them. */
export function globPaths(pattern: string): string[] {
  const parts = Buffer.from(pattern).toString("latin1").split("/").slice(1).map(globPattern);
  let paths = [""];
  for (const part of parts) {
    paths = paths.flatMap((folder) =>
      (part.literal === undefined
        ? namesIn(folder).filter((name) => part.matches(name))
        : [part.literal]
      ).map((name) => `${folder}/${name}`),
    );
  }
  // By bytes, over the whole path.
  return paths
    .toSorted((one, other) => (one < other ? -1 : 1))
    .map(pathOf)
    .filter(isThere);
}

/** A link that leads nowhere is there as well, as for glob(3). */
function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(pathOf(folder === "" ? "/" : folder), "latin1");
  } catch {
    return [];
  }
}

function pathOf(latin1: string): string {
  return Buffer.from(latin1, "latin1").toString();
}
