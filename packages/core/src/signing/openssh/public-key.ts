import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { fail, succeed, type Result } from "../../errors.ts";
import { isCertificateType } from "./ssh-certificate.ts";
import { numberOf, SshReader, sshMpint, sshString } from "./ssh-wire.ts";

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
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256` …, `ssh-rsa`, `sk-ssh-ed25519@openssh.com` …. */
  readonly type: string;
  readonly blob: Buffer;
  readonly key: KeyObject;
  /** Of a key that lives on a security key: what it is for, as `ssh:`. */
  readonly application?: Buffer;
}

/** Reads a public key blob; the error completes "the key …". */
export function readPublicKey(blob: Buffer): Result<SshPublicKey, string> {
  const reader = new SshReader(blob);
  const type = reader.string()?.toString("latin1");
  if (type === undefined) return fail("is cut off");
  const read = partsOf(type, reader);
  if (!read.ok) return read;
  const { jwk, application } = read.value;
  try {
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const bits = key.asymmetricKeyDetails?.modulusLength ?? MIN_RSA_BITS;
    if (bits < MIN_RSA_BITS) return fail(`is RSA of ${bits} bits; at least ${MIN_RSA_BITS} are needed`);
    return succeed({ type, blob, key, ...(application === undefined ? {} : { application }) });
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

export function isSecurityKeyType(type: string): boolean {
  return type.startsWith("sk-");
}

export function curveOf(type: string): Curve | undefined {
  const name = /^(?:sk-)?ecdsa-sha2-(nistp\d+)(?:@openssh\.com)?$/.exec(type)?.[1];
  return name !== undefined && Object.hasOwn(CURVES, name) ? (name as Curve) : undefined;
}

interface KeyParts {
  readonly jwk: JsonWebKey;
  readonly application?: Buffer;
}

function partsOf(type: string, reader: SshReader): Result<KeyParts, string> {
  switch (type) {
    case "ssh-ed25519":
      return read(reader, 1, ([x]) => ({ jwk: { kty: "OKP", crv: "Ed25519", x: text(x) } }), type);
    case "sk-ssh-ed25519@openssh.com":
      return read(reader, 2, ([x, to]) => sk(to, { kty: "OKP", crv: "Ed25519", x: text(x) }), type);
    case "ssh-rsa":
      return read(reader, 2, rsaOf, type);
    case "ecdsa-sha2-nistp256":
    case "ecdsa-sha2-nistp384":
    case "ecdsa-sha2-nistp521":
      return read(reader, 2, ([curve, point]) => ecOf(type, curve, point), type);
    case "sk-ecdsa-sha2-nistp256@openssh.com":
      return read(
        reader,
        3,
        ([curve, point, to]) => {
          const parts = ecOf(type, curve, point);
          return parts && sk(to, parts.jwk);
        },
        type,
      );
    default: {
      const what = isCertificateType(type)
        ? "is a certificate, where a key must stand by itself"
        : "is of a kind that is not supported (ed25519, ecdsa and rsa are)";
      return fail(`(${JSON.stringify(type.slice(0, 60))}) ${what}`);
    }
  }
}

function read(
  reader: SshReader,
  count: number,
  make: (parts: readonly Buffer[]) => KeyParts | undefined,
  type: string,
): Result<KeyParts, string> {
  const parts = reader.strings(count);
  if (!parts.ok) return fail(`is damaged: ${parts.error}`);
  const made = make(parts.value);
  return made === undefined ? fail(`is no valid ${type} key`) : succeed(made);
}

function sk(application: Buffer | undefined, jwk: JsonWebKey): KeyParts {
  return { jwk, application: application ?? Buffer.alloc(0) };
}

function rsaOf(parts: readonly Buffer[]): KeyParts | undefined {
  const [e, n] = parts.map((part) => numberOf(part));
  return e && n && { jwk: { kty: "RSA", e: text(e), n: text(n) } };
}

function ecOf(type: string, name: Buffer | undefined, point: Buffer | undefined): KeyParts | undefined {
  const curve = curveOf(type);
  if (curve === undefined || name?.toString("latin1") !== curve) return undefined;
  const { jwk: crv, bytes } = CURVES[curve];
  if (point?.length !== 1 + 2 * bytes || point[0] !== 4) return undefined;
  const [x, y] = [point.subarray(1, 1 + bytes), point.subarray(1 + bytes)];
  return { jwk: { kty: "EC", crv, x: text(x), y: text(y) } };
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("base64url");
}
