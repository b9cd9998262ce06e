import { readNamedFile } from "@roadrunner/core/files";
import { fingerprintOf, readPublicLine, SshReader } from "@roadrunner/core/signing";

/**
 * The public key in OpenSSH's form of a private key (PROTOCOL.key), which stands there readable, encrypted or not;
 * undefined: it is of another form.
 */
export function publicPartOf(bytes: Buffer): Buffer | undefined {
  const armored = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(
    bytes.toString("latin1"),
  );
  const reader = new SshReader(Buffer.from(armored?.[1] ?? "", "base64"));
  reader.raw("openssh-key-v1\0".length);
  const [, , , count] = [reader.string(), reader.string(), reader.string(), reader.uint32()];
  return count === undefined ? undefined : reader.string();
}

/**
 * Of the key or certificate that `--sign-key` names, as far as the file shows it without being opened to sign; undefined:
 * it does not.
 */
export function shownFingerprint(path: string): string | undefined {
  try {
    const bytes = readNamedFile(path);
    const line = readPublicLine(bytes.toString("latin1"));
    if (line === undefined) {
      const blob = publicPartOf(bytes);
      return blob && fingerprintOf(blob);
    }
    return line.ok ? fingerprintOf(line.value.certificate?.blob ?? line.value.key.blob) : undefined;
  } catch {
    return undefined;
  }
}
