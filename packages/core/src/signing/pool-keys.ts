import { createHash } from "node:crypto";
import { fail, succeed, type Result } from "../errors.ts";

const KEY_BYTES = 32;

export interface PoolKey {
  /** Names the key on the wire: the first 8 hex digits of its SHA-256. */
  readonly id: string;
  readonly bytes: Buffer;
}

/**
 * One key a line, 32 bytes in base64 or hex; `#` begins a comment line. The first one seals, all of them open. The
 * errors never quote a key.
 */
export function parsePoolKeys(text: string): Result<readonly [PoolKey, ...PoolKey[]], readonly string[]> {
  const keys: PoolKey[] = [];
  const problems: string[] = [];
  for (const [index, written] of text.split(/\r?\n/).entries()) {
    const line = written.trim();
    if (line === "" || line.startsWith("#")) continue;
    const bytes = keyBytes(line);
    if (bytes === undefined) {
      problems.push(
        `line ${index + 1}: it is not 32 bytes in base64 or hex (make one: openssl rand -base64 32)`,
      );
      continue;
    }
    const id = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
    if (keys.some((key) => key.id === id)) problems.push(`line ${index + 1}: the key stands there twice`);
    keys.push({ id, bytes });
  }
  const [first, ...others] = keys;
  if (problems.length > 0) return fail(problems);
  return first === undefined ? fail(["it holds no key"]) : succeed([first, ...others]);
}

function keyBytes(line: string): Buffer | undefined {
  if (/^[0-9A-Fa-f]{64}$/.test(line)) return Buffer.from(line, "hex");
  if (!/^[A-Za-z0-9+/]{43}=?$/.test(line)) return undefined;
  const bytes = Buffer.from(line, "base64");
  return bytes.length === KEY_BYTES ? bytes : undefined;
}
