import { createReadStream } from "node:fs";
import { fail, type Result } from "@roadrunner/core/errors";
import { whyUnread } from "@roadrunner/core/files";
import { readAtMost } from "./bounded-read.ts";
import { readStdin, STDIN } from "./stdin.ts";

/** More than any of these files may have, so that one that is too large is told by its own limit. */
const MOST_MIB = 256;

/** A file, or standard input, which may be a device without end; `what` it should be. */
export async function readInput(path: string, what: string): Promise<Result<Buffer, readonly string[]>> {
  try {
    const bytes = path === STDIN ? await readStdin() : await readAtMost(createReadStream(path), MOST_MIB);
    return bytes.ok ? bytes : fail([`${path}: ${bytes.error}: that is no ${what}`]);
  } catch (error) {
    return fail([`${path}: cannot read the ${what}: ${whyUnread(error)}`]);
  }
}
