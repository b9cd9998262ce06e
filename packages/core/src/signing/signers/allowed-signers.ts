import { fail, succeed, type Result } from "../../errors.ts";
import { matchesList } from "./pattern.ts";
import { isSecurityKeyType, readPublicKey } from "../openssh/public-key.ts";
import type { SignedBy } from "./signed-by.ts";
import { signerFault } from "./signer-fault.ts";
import { splitSignerLine } from "./signer-line.ts";
import { readSignerOptions, type SignerOptions } from "./signer-options.ts";

/** The file that says which keys may sign as whom: ssh-keygen(1), ALLOWED SIGNERS. */

/** One line of it; times are milliseconds since the epoch, inclusive. */
export interface AllowedSigner extends Readonly<SignerOptions> {
  /** From 1. */
  readonly line: number;
  /** Pattern list, as written. */
  readonly principals: string;
  readonly keyBlob: Buffer;
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

/** The lines that speak of a signer: of its key, or of the authority of its certificate. */
export function linesOf(signers: readonly AllowedSigner[], by: SignedBy): readonly AllowedSigner[] {
  const { key, certificate } = by;
  return certificate === undefined
    ? signers.filter(({ certAuthority, keyBlob }) => certAuthority !== true && keyBlob.equals(key.blob))
    : signers.filter(
        ({ certAuthority, keyBlob }) => certAuthority === true && keyBlob.equals(certificate.authorityBlob),
      );
}

/** Why no line speaks of a signer; completes "the key …" and "the certificate …". */
export function strangerText(signers: readonly AllowedSigner[], { key, certificate }: SignedBy): string {
  const of = (blob: Buffer | undefined, asAuthority: boolean): AllowedSigner | undefined =>
    signers.find(
      ({ keyBlob, certAuthority }) => blob?.equals(keyBlob) && (certAuthority === true) === asAuthority,
    );
  const authority = of(key.blob, true);
  if (certificate === undefined)
    return authority === undefined
      ? "is not among the allowed signers"
      : `is an authority among the allowed signers (line ${authority.line}), and signs nothing but certificates`;
  const plain = of(certificate.authorityBlob, false);
  if (plain !== undefined)
    return `is of an authority that is no cert-authority among the allowed signers (line ${plain.line})`;
  const own = of(key.blob, false);
  const hint = own === undefined ? "" : `; its key is (line ${own.line}): sign without the certificate`;
  return `is of an authority that is not among the allowed signers${hint}`;
}

/**
 * The principal that somebody signs as in a namespace at a time. A signer may say who it is (`claimed`); it need not
 * where its line names one that is no pattern, or its certificate one that the line lets in. The error completes
 * "the key …" and "the certificate …".
 */
export function principalOf(
  signers: readonly AllowedSigner[],
  by: SignedBy,
  namespace: string,
  nowMs: number,
  claimed?: string,
): Result<Principal, string> {
  let why = strangerText(signers, by);
  for (const signer of linesOf(signers, by)) {
    const { line } = signer;
    const fault = signerFault(signer, by, namespace, nowMs);
    const name = fault === undefined ? nameOn(signer, by, claimed) : fail(fault);
    if (name.ok) return succeed({ name: name.value, line });
    why = name.error;
  }
  return fail(why);
}

/** As whom it signs by this line. */
function nameOn(
  { principals, line }: AllowedSigner,
  { certificate }: SignedBy,
  claimed: string | undefined,
): Result<string, string> {
  if (claimed !== undefined) {
    if (!matchesList(claimed, principals))
      return fail(`may not sign as ${JSON.stringify(claimed)} (line ${line})`);
    if (certificate === undefined || certificate.principals.includes(claimed)) return succeed(claimed);
    return fail(
      `does not name ${JSON.stringify(claimed)} among its principals${listed(certificate.principals)}`,
    );
  }
  if (certificate !== undefined) {
    const name = certificate.principals.find((one) => matchesList(one, principals));
    return name === undefined
      ? fail(`names no principal that line ${line} lets in${listed(certificate.principals)}`)
      : succeed(name);
  }
  const name = principals.split(",").find((one) => /^[^!*?]+$/.test(one));
  return name === undefined
    ? fail(`stands for the pattern ${principals} (line ${line}): name yourself`)
    : succeed(name);
}

function listed(names: readonly string[]): string {
  const shown = names
    .slice(0, 5)
    .map((name) => JSON.stringify(name))
    .join(", ");
  return ` (${shown}${names.length > 5 ? ", …" : ""})`;
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
  const { certAuthority, noTouchRequired, verifyRequired } = read.value;
  const forSecurityKeys =
    noTouchRequired === true ? "no-touch-required" : verifyRequired && "verify-required";
  if (forSecurityKeys && certAuthority !== true && !isSecurityKeyType(keyType))
    return fail(`its option ${forSecurityKeys} is for security keys (sk-…), and ${keyType} is none`);
  return succeed({ line, principals, keyBlob, ...read.value });
}
