import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { operatorKey, readPublicKey, readSignature, signSsh, verifySsh } from "@roadrunner/core/signing";
import { afterAll, describe, expect, it } from "vitest";
import { KEY_KINDS, makeFolder, nodeKey, sshKey, type KeyKind } from "./keys.ts";

const folder = makeFolder();
afterAll(() => folder.remove());

const MESSAGE = Buffer.from('{"run":"20261124-091612-abcdefgh"}\n');

async function signed(kind: KeyKind, message: Buffer, namespace = "roadrunner") {
  const key = operatorKey(nodeKey(kind));
  if (!key.ok) throw new Error(key.error);
  const armored = await signSsh(message, namespace, key.value);
  if (!armored.ok) throw new Error(armored.error);
  return { armored: armored.value, blob: key.value.publicBlob };
}

function read(armored: string) {
  const signature = readSignature(armored);
  if (!signature.ok) throw new Error(signature.error);
  return signature.value;
}

function opensshVerifies(armored: string, blob: Buffer, message: Buffer, namespace: string): boolean {
  const key = readPublicKey(blob);
  const signers = join(folder.path, "signers");
  const signature = join(folder.path, "signature");
  writeFileSync(signers, `alice ${key.ok ? key.value.type : ""} ${blob.toString("base64")}\n`);
  writeFileSync(signature, armored);
  const args = ["-Y", "verify", "-f", signers, "-I", "alice", "-n", namespace, "-s", signature];
  return spawnSync("ssh-keygen", args, { input: message }).status === 0;
}

describe.each(KEY_KINDS)("a signature of a key of the kind %s", (kind) => {
  it("is taken by ssh-keygen -Y verify, and refused over another text or namespace", async () => {
    const { armored, blob } = await signed(kind, MESSAGE);
    expect(opensshVerifies(armored, blob, MESSAGE, "roadrunner")).toBe(true);
    expect(opensshVerifies(armored, blob, Buffer.from("another text"), "roadrunner")).toBe(false);
    expect(opensshVerifies(armored, blob, MESSAGE, "git")).toBe(false);
  });

  it("is checked when ssh-keygen -Y sign made it", () => {
    const { path, publicLine } = sshKey(folder.path, kind);
    const file = join(folder.path, `message-${kind.replaceAll(" ", "")}`);
    writeFileSync(file, MESSAGE);
    execFileSync("ssh-keygen", ["-q", "-Y", "sign", "-n", "roadrunner", "-f", path, file], {
      stdio: "ignore",
    });
    const signature = read(readFileSync(`${file}.sig`, "utf8"));
    expect(signature.key.blob.toString("base64")).toBe(publicLine.split(" ")[1]);
    expect(verifySsh(signature, MESSAGE, "roadrunner")).toBe(true);
    expect(verifySsh(signature, Buffer.from("another text"), "roadrunner")).toBe(false);
    expect(verifySsh(signature, MESSAGE, "git")).toBe(false);
  });

  it("of any message is its own, and of no other", async () => {
    // Ecdsa numbers with leading zeros or a set top bit come about one time in 256.
    for (let count = 0; count < (kind === "rsa" ? 3 : 60); count += 1) {
      const message = Buffer.from(`message ${count}`);
      const { armored } = await signed(kind, message);
      expect(verifySsh(read(armored), message, "roadrunner")).toBe(true);
      expect(verifySsh(read(armored), Buffer.from(`message ${count + 1}`), "roadrunner")).toBe(false);
    }
  });
});

describe("what is no signature", () => {
  it("is refused at every byte that differs", async () => {
    const { armored } = await signed("ed25519", MESSAGE);
    const blob = Buffer.from(armored.split("\n").slice(1, -2).join(""), "base64");
    for (let at = 0; at < blob.length; at += 1) {
      const altered = Buffer.from(blob);
      altered[at] = (altered[at] ?? 0) ^ 1;
      const text = `-----BEGIN SSH SIGNATURE-----\n${altered.toString("base64")}\n-----END SSH SIGNATURE-----\n`;
      const signature = readSignature(text);
      expect(signature.ok && verifySsh(signature.value, MESSAGE, "roadrunner"), `byte ${at}`).toBe(false);
    }
  });

  it.each([
    ["", /armor/],
    ["-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n", /is no SSH signature/],
    ["-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAg==\n-----END SSH SIGNATURE-----\n", /version 2/],
    ["-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----\n", /cut off/],
  ])("%j says why", (text, why) => {
    expect(readSignature(text)).toEqual({ ok: false, error: expect.stringMatching(why) as string });
  });

  it("ends cut-off at every length without a throw", async () => {
    const { armored } = await signed("ecdsa 256", MESSAGE);
    const blob = Buffer.from(armored.split("\n").slice(1, -2).join(""), "base64");
    for (let length = 1; length < blob.length; length += 1) {
      const text = blob.subarray(0, length).toString("base64");
      const cut = readSignature(`-----BEGIN SSH SIGNATURE-----\n${text}\n-----END SSH SIGNATURE-----\n`);
      expect(cut.ok && verifySsh(cut.value, MESSAGE, "roadrunner"), `length ${length}`).toBe(false);
    }
  });
});
