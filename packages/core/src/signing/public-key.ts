import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { fail, succeed, type Result } from "../errors.ts";
import { SshReader, sshMpint, sshString, withoutLeadingZeros } from "./ssh-wire.ts";

/** NIST SP 800-57: less is not a signature to rely on; ssh-keygen makes 3072. */
const MIN_RSA_BITS = 2048;

/** Curves of RFC 5656: the name in JWK, bytes of a coordinate, hash of the signature. */
export const CURVES = {
  nistp256: { jwk: "P-256", bytes: 32, hash: "sha256" },
  nistp384: { jwk: "P-384", bytes: 48, hash: "sha384" },
  nistp521: { jwk: "P-521", bytes: 66, hash: "sha512" },
} as const;
export type Curve = keyof typeof CURVES;

/** A public key in OpenSSH's form (RFC 4253 section 6.6) and in Node's. */
export interface SshPublicKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256` …, `ssh-rsa`. */
  readonly type: string;
  readonly blob: Buffer;
  readonly key: KeyObject;
}

/** Reads a public key blob; the error completes "the key …". */
export function readPublicKey(blob: Buffer): Result<SshPublicKey, string> {
  const reader = new SshReader(blob);
  const type = reader.string()?.toString("latin1");
  if (type === undefined) return fail("is cut off");
  const jwk = jwkOf(type, reader);
  if (!jwk.ok) return jwk;
  try {
    const key = createPublicKey({ key: jwk.value, format: "jwk" });
    const bits = key.asymmetricKeyDetails?.modulusLength ?? MIN_RSA_BITS;
    if (bits < MIN_RSA_BITS) return fail(`is RSA of ${bits} bits; at least ${MIN_RSA_BITS} are needed`);
    return succeed({ type, blob, key });
  } catch {
    return fail(`is no valid ${type} key`);
  }
}

/** The blob of a key that Node holds, private or public. */
export function publicBlobOf(key: KeyObject): Result<Buffer, string> {
  const jwk = (key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" });
  const bytes = (text: string | undefined): Buffer => Buffer.from(text ?? "", "base64url");
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519")
    return succeed(Buffer.concat([sshString("ssh-ed25519"), sshString(bytes(jwk.x))]));
  if (jwk.kty === "RSA")
    return succeed(Buffer.concat([sshString("ssh-rsa"), sshMpint(bytes(jwk.e)), sshMpint(bytes(jwk.n))]));
  const curve = (Object.keys(CURVES) as Curve[]).find((name) => CURVES[name].jwk === jwk.crv);
  if (curve === undefined) return fail(`keys of this kind (${jwk.crv ?? jwk.kty ?? "?"}) cannot sign here`);
  const point = Buffer.concat([Buffer.of(4), bytes(jwk.x), bytes(jwk.y)]);
  return succeed(Buffer.concat([sshString(`ecdsa-sha2-${curve}`), sshString(curve), sshString(point)]));
}

/** As `ssh-keygen -l` prints it. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replaceAll("=", "")}`;
}

export function curveOf(type: string): Curve | undefined {
  const name = /^ecdsa-sha2-(nistp\d+)$/.exec(type)?.[1];
  return name !== undefined && name in CURVES ? (name as Curve) : undefined;
}

function jwkOf(type: string, reader: SshReader): Result<JsonWebKey, string> {
  const curve = curveOf(type);
  if (type === "ssh-ed25519") {
    const parts = reader.strings(1);
    if (!parts.ok) return fail(`is damaged: ${parts.error}`);
    return succeed({ kty: "OKP", crv: "Ed25519", x: text(parts.value[0]) });
  }
  if (type === "ssh-rsa") {
    const parts = reader.strings(2);
    if (!parts.ok) return fail(`is damaged: ${parts.error}`);
    const [e, n] = parts.value.map((part) => withoutLeadingZeros(part));
    return succeed({ kty: "RSA", e: text(e), n: text(n) });
  }
  if (curve !== undefined) {
    const parts = reader.strings(2);
    if (!parts.ok) return fail(`is damaged: ${parts.error}`);
    const [name, point] = parts.value;
    const { jwk, bytes } = CURVES[curve];
    if (name?.toString("latin1") !== curve || point?.length !== 1 + 2 * bytes || point[0] !== 4)
      return fail(`is no valid ${type} key`);
    return succeed({
      kty: "EC",
      crv: jwk,
      x: text(point.subarray(1, 1 + bytes)),
      y: text(point.subarray(1 + bytes)),
    });
  }
  const what = type.startsWith("sk-")
    ? "lives on a security key, which is not supported"
    : type.includes("-cert-")
      ? "is a certificate, which is not supported"
      : "is of a kind that is not supported (ed25519, ecdsa and rsa are)";
  return fail(`(${JSON.stringify(type.slice(0, 60))}) ${what}`);
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("base64url");
}
