import { fail, succeed, type Result } from "../errors.ts";
import { matchesList } from "./pattern.ts";
import { readPublicKey } from "./public-key.ts";
import { splitSignerLine } from "./signer-line.ts";
import { readSignerOptions } from "./signer-options.ts";

/** The file that says which keys may sign as whom: ssh-keygen(1), ALLOWED SIGNERS. */

/** One line of it. */
export interface AllowedSigner {
  /** From 1. */
  readonly line: number;
  /** Pattern list, as written. */
  readonly principals: string;
  readonly keyBlob: Buffer;
  /** Pattern list; absent: every namespace. */
  readonly namespaces?: string;
  /** Milliseconds since the epoch, inclusive. */
  readonly validAfterMs?: number;
  readonly validBeforeMs?: number;
}

/**
 * Reads the whole file. ssh-keygen skips a line that it cannot read; here it is an error that names the line: a key
 * that somebody believes to be allowed, or limited, would not be.
 */
export function parseAllowedSigners(text: string): Result<readonly AllowedSigner[], readonly string[]> {
  const signers: AllowedSigner[] = [];
  const problems: string[] = [];
  for (const [index, written] of text.split(/\r?\n/).entries()) {
    const line = written.replace(/^[ \t]+/, "");
    if (line === "" || line.startsWith("#")) continue;
    const signer = readLine(line, index + 1);
    if (signer.ok) signers.push(signer.value);
    else problems.push(`line ${index + 1}: ${signer.error}`);
  }
  return problems.length === 0 ? succeed(signers) : fail(problems);
}

/** Who a key belongs to. */
export interface Principal {
  readonly name: string;
  readonly line: number;
}

/**
 * The principal that a key signs as in a namespace at a time. A signer may say who it is (`claimed`); it need not
 * where its line names one that is no pattern. The error completes "the key …".
 */
export function principalOf(
  signers: readonly AllowedSigner[],
  keyBlob: Buffer,
  namespace: string,
  nowMs: number,
  claimed?: string,
): Result<Principal, string> {
  const ofKey = signers.filter((signer) => signer.keyBlob.equals(keyBlob));
  let why = "is not among the allowed signers";
  for (const { line, principals, namespaces, validAfterMs, validBeforeMs } of ofKey) {
    if (namespaces !== undefined && !matchesList(namespace, namespaces))
      why = `may not sign for the namespace ${namespace} (line ${line})`;
    else if (validAfterMs !== undefined && nowMs < validAfterMs)
      why = `is not valid before ${new Date(validAfterMs).toISOString()} (line ${line})`;
    else if (validBeforeMs !== undefined && nowMs > validBeforeMs)
      why = `is no longer valid since ${new Date(validBeforeMs).toISOString()} (line ${line})`;
    else {
      const name = claimed ?? principals.split(",").find((one) => /^[^!*?]+$/.test(one));
      if (name === undefined) why = `stands for the pattern ${principals} (line ${line}): name yourself`;
      else if (matchesList(name, principals)) return succeed({ name, line });
      else why = `may not sign as ${JSON.stringify(name)} (line ${line})`;
    }
  }
  return fail(why);
}

function readLine(text: string, line: number): Result<AllowedSigner, string> {
  const parts = splitSignerLine(text);
  if (!parts.ok) return parts;
  const { principals, options, keyType, keyText } = parts.value;
  const read = readSignerOptions(options);
  if (!read.ok) return read;
  const keyBlob = Buffer.from(keyText, "base64");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(keyText) || keyBlob.length === 0) return fail("its key is not base64");
  const key = readPublicKey(keyBlob);
  if (!key.ok) return fail(`its key ${key.error}`);
  if (key.value.type !== keyType) return fail(`its key is of the type ${key.value.type}, not ${keyType}`);
  return succeed({ line, principals, keyBlob, ...read.value });
}
