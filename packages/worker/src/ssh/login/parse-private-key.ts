import { createPrivateKey } from "node:crypto";
import ssh2, { type ParsedKey } from "ssh2";
import { messageOf } from "../../transport/problem.ts";

export type ParsedPrivateKey =
  | { readonly kind: "key"; readonly key: ParsedKey }
  /** It needs a passphrase, and none was given. */
  | { readonly kind: "encrypted" }
  | { readonly kind: "wrongPassphrase" }
  | { readonly kind: "unreadable"; readonly why: string };

/** Reads a key in the formats that ssh-keygen writes: OpenSSH's, PEM, PKCS#8 (and public ones). */
export function parsePrivateKey(bytes: Buffer, passphrase?: string): ParsedPrivateKey {
  const text = bytes.toString("latin1");
  if (/^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/m.test(text)) return parsePkcs8(text, passphrase);
  const parsed = ssh2.utils.parseKey(bytes, passphrase);
  if (!(parsed instanceof Error)) {
    // The types say one key; some formats give a list of one.
    const [key] = Array.isArray(parsed) ? (parsed as ParsedKey[]) : [parsed];
    return key === undefined ? { kind: "unreadable", why: "holds no key" } : { kind: "key", key };
  }
  if (/encrypted/i.test(parsed.message) && passphrase === undefined) return { kind: "encrypted" };
  const isLocked = passphrase !== undefined && ssh2.utils.parseKey(bytes) instanceof Error;
  return isLocked && /encrypted|passphrase|integrity|decrypt|checkint/i.test(parsed.message)
    ? { kind: "wrongPassphrase" }
    : { kind: "unreadable", why: parsed.message };
}

/** ssh2 does not read PKCS#8, so it is turned into the older PEM of its type. */
function parsePkcs8(text: string, passphrase: string | undefined): ParsedPrivateKey {
  const isEncrypted = text.includes("BEGIN ENCRYPTED");
  if (isEncrypted && passphrase === undefined) return { kind: "encrypted" };
  try {
    const key = createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) });
    const type = key.asymmetricKeyType;
    if (type !== "rsa" && type !== "ec")
      return { kind: "unreadable", why: `PKCS#8 of type ${type} is not supported` };
    const pem = key.export({ format: "pem", type: type === "rsa" ? "pkcs1" : "sec1" });
    return parsePrivateKey(Buffer.from(pem));
  } catch (error) {
    return isEncrypted ? { kind: "wrongPassphrase" } : { kind: "unreadable", why: messageOf(error) };
  }
}
