import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import {
  MAX_SSH_CERTIFICATE_BYTES,
  readCertificateLine,
  readSshCertificate,
  sshString,
} from "@roadrunner/core/signing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KEY_KINDS, makeFolder, sshKey, type KeyKind } from "./keys.ts";

const folder = makeFolder();
afterAll(() => folder.remove());

let ca: ReturnType<typeof sshKey>;
let user: ReturnType<typeof sshKey>;
beforeAll(() => {
  ca = sshKey(folder.path, "ecdsa 384");
  user = sshKey(folder.path, "ed25519");
});

const blobOf = (line: string) => Buffer.from(line.split(" ")[1] ?? "", "base64");

/** What ssh-keygen makes of it, as a line. */
function certify(key: { readonly path: string }, ...args: readonly string[]): string {
  execFileSync("ssh-keygen", ["-q", "-s", ca.path, "-I", "alice's laptop", ...args, `${key.path}.pub`], {
    env: { ...process.env, TZ: "UTC" },
  });
  return readFileSync(`${key.path}-cert.pub`, "utf8");
}

function read(line: string) {
  const certificate = readCertificateLine(line);
  if (!certificate.ok) throw new Error(certificate.error);
  return certificate.value;
}

describe("a certificate of ssh-keygen -s", () => {
  it("says all that was asked for", () => {
    const options = ["-O", "force-command=id", "-O", "no-pty", "-O", "extension:x@example.com=y"];
    const line = certify(
      user,
      ...["-n", "alice,ops", "-z", "18446744073709551615", "-V", "20261124091612:20261125091612", ...options],
    );
    expect(read(line)).toMatchObject({
      type: "ssh-ed25519-cert-v01@openssh.com",
      keyBlob: blobOf(user.publicLine),
      authorityBlob: blobOf(ca.publicLine),
      serial: 18_446_744_073_709_551_615n,
      isFor: "user",
      keyId: "alice's laptop",
      principals: ["alice", "ops"],
      validAfterMs: Date.UTC(2026, 10, 24, 9, 16, 12),
      validBeforeMs: Date.UTC(2026, 10, 25, 9, 16, 12),
      criticalOptions: [{ name: "force-command", value: sshString("id") }],
      extensions: expect.arrayContaining([{ name: "x@example.com", value: sshString("y") }]) as unknown,
    });
  });

  it("may be a host's, be for nobody, and never end", () => {
    expect(read(certify(user, "-h"))).toMatchObject({
      isFor: "host",
      principals: [],
      validAfterMs: 0,
      validBeforeMs: Number.POSITIVE_INFINITY,
    });
  });

  it.each(KEY_KINDS.filter((kind) => kind !== "ed25519" && kind !== "ecdsa 384"))(
    "is read for a key of the kind %s",
    (kind: KeyKind) => {
      const key = sshKey(folder.path, kind);
      expect(read(certify(key, "-n", "alice")).keyBlob).toEqual(blobOf(key.publicLine));
    },
  );
});

describe("what is no certificate", () => {
  it("cut off at every length, or with bytes behind, is refused without a throw", () => {
    const blob = blobOf(certify(user, "-n", "alice,ops"));
    expect(readSshCertificate(blob).ok).toBe(true);
    for (let length = 0; length < blob.length; length += 1)
      expect(readSshCertificate(blob.subarray(0, length)).ok, `length ${length}`).toBe(false);
    expect(readSshCertificate(Buffer.concat([blob, Buffer.of(0)]))).toEqual({
      ok: false,
      error: "has bytes behind its end",
    });
  });

  it("with one length in it changed reads as another one only where the bytes add up", () => {
    const blob = blobOf(certify(user, "-n", "alice,ops"));
    const lengths = new Set<number>();
    for (let at = 0; at < blob.length; at += 1) {
      for (const flip of [1, 0x80]) {
        const changed = Buffer.from(blob);
        changed[at] = (changed[at] ?? 0) ^ flip;
        const certificate = readSshCertificate(changed);
        if (certificate.ok)
          lengths.add(certificate.value.signed.length + 4 + certificate.value.signature.length);
      }
    }
    expect([...lengths]).toEqual([blob.length]);
  });

  it.each([
    ["", /no line of a type/],
    ["ssh-ed25519-cert-v01@openssh.com !!", /no line of a type/],
    ["constructor AAAAC2NvbnN0cnVjdG9y", /of a kind that is not supported \("constructor"\)/],
    ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", /of a kind that is not supported \("ssh-ed25519"\)/],
    [`x ${Buffer.alloc(MAX_SSH_CERTIFICATE_BYTES + 1).toString("base64")}`, /has 8193 bytes; at most 8192/],
  ])("%.40j says why", (line, why) => {
    expect(readCertificateLine(line)).toEqual({ ok: false, error: expect.stringMatching(why) as string });
  });

  it("names the type that it has, where the line says another", () => {
    const line = certify(user, "-n", "alice");
    expect(readCertificateLine(line.replace("ssh-ed25519-cert", "ssh-rsa-cert"))).toEqual({
      ok: false,
      error: "is of the type ssh-ed25519-cert-v01@openssh.com, not ssh-rsa-cert-v01@openssh.com",
    });
  });

  it.each([
    ["a NUL", "al\0ice"],
    ["a line end", "alice\n"],
    ["no UTF-8", Buffer.of(0x61, 0xff)],
    ["nothing", ""],
    ["256 characters", "a".repeat(256)],
  ])("with a principal of %s is refused", (_, name) => {
    const blob = blobOf(certify(user, "-n", "alice"));
    const [from, to] = [sshString(sshString("alice")), sshString(sshString(name))];
    const at = blob.indexOf(from);
    const changed = Buffer.concat([blob.subarray(0, at), to, blob.subarray(at + from.length)]);
    expect(readSshCertificate(changed)).toEqual({
      ok: false,
      error: "has a principal that is empty, too long or no plain text",
    });
  });
});
