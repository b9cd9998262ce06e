import { fail, succeed, type Result } from "../errors.ts";

/**
 * gearmand cuts a unique at 63 bytes and gives the payload a stray byte, and abraxas's parser breaks on arguments
 * of 64 bytes and more.
 */
const MAX_NAME_BYTES = 63;

/** Whether `value` can go over the wire as a function name, a unique or a client id; the error tells why not. */
export function checkName(what: string, value: string): Result<string, string> {
  if (value === "") return fail(`the ${what} is empty`);
  const bytes = Buffer.byteLength(value);
  if (bytes > MAX_NAME_BYTES)
    return fail(
      `the ${what} "${value.slice(0, 40)}…" has ${bytes} bytes; at most ${MAX_NAME_BYTES} are possible`,
    );
  // NUL ends an argument on the wire, and white space a column in the answers of the admin protocol.
  if (/[\0\s]/.test(value)) return fail(`the ${what} ${JSON.stringify(value)} has white space or NUL in it`);
  return succeed(value);
}

/** The name without what it begins with; undefined: it does not begin so. */
export function withoutPrefix(name: string, prefix: string): string | undefined {
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}
