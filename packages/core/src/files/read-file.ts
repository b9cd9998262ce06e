import { closeSync, openSync, readFileSync, readSync, realpathSync, statSync, type Stats } from "node:fs";

/** Of what is no plain file, and may be without end. */
const MOST_BYTES = 16 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/**
 * The bytes of a file that an option names. A named pipe is refused, since whoever opens one waits for a writer, with all
 * else; one of the shell's, `<(…)`, is read. Throws as the file system does.
 */
export function readNamedFile(path: string): Buffer {
  const stat = statSync(path);
  if (isNamedPipe(path, stat)) throw new Error("it is a named pipe, and no plain file; name one");
  return stat.isFile() || stat.isDirectory() ? readFileSync(path) : readBounded(path);
}

/** One that stands under a name of its own; what the shell makes of `<(…)` has none. */
export function isNamedPipe(path: string, stat: Stats): boolean {
  if (!stat.isFIFO()) return false;
  try {
    return realpathSync.native(path) !== "";
  } catch {
    return false;
  }
}

function readBounded(path: string): Buffer {
  const file = openSync(path, "r");
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for (;;) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const read = readSync(file, chunk);
      if (read === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, read));
      size += read;
      if (size > MOST_BYTES) throw new Error(`it is no plain file, and gives over ${MOST_BYTES} bytes`);
    }
  } finally {
    closeSync(file);
  }
}
