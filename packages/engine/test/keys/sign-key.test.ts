import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKeyPairSync } from "node:crypto";
import {
  operatorKey,
  readSignature,
  signSsh,
  sshString,
  verifySsh,
  type OperatorKey,
} from "@roadrunner/core/signing";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  certificateFor,
  keyOfKind,
  keyText,
  securityKey,
  SECURITY_KEYS,
  strings,
  type WantedCertificate,
} from "../../../core/test/signing/certificates.ts";
import { openSignKey } from "../../src/keys/sign-key.ts";
import { startAgent, type ScriptedAgent } from "./scripted-agent.ts";

const folder = mkdtempSync(join(tmpdir(), "rr-sign-key-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const agents: ScriptedAgent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.stop();
});

let count = 0;
/** How often the operator was asked for one. */
let touches = 0;
let home: string;
beforeEach(() => {
  count += 1;
  touches = 0;
  home = mkdtempSync(join(folder, "home-"));
});

async function agentOf(...keys: readonly OperatorKey[]): Promise<ScriptedAgent> {
  const agent = await startAgent(join(folder, `agent-${(count += 1)}`), keys);
  agents.push(agent);
  return agent;
}

function put(name: string, text: string): string {
  const path = join(home, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** A key in a file, and as it signs. */
function keyFile(name: string): { readonly path: string; readonly key: OperatorKey } {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = operatorKey(privateKey);
  if (!key.ok) throw new Error(key.error);
  return { path: put(name, privateKey.export({ format: "pem", type: "sec1" }).toString()), key: key.value };
}

const ca = keyOfKind("ed25519");
async function certificateFile(
  name: string,
  key: OperatorKey,
  wanted: WantedCertificate = {},
): Promise<string> {
  return put(name, `${keyText(await certificateFor(key, ca, wanted))} a comment\n`);
}

/** By what a run would be signed; the signature is checked. */
async function signsBy(path: string, socket?: string): Promise<string> {
  const opened = await openSignKey(path, { socket, onTouch: () => (touches += 1) });
  if (!opened.ok) return opened.error;
  const message = Buffer.from("a run");
  const armored = await signSsh(message, "roadrunner", opened.value);
  if (!armored.ok) return armored.error;
  const read = readSignature(armored.value);
  if (!read.ok || !verifySsh(read.value, message, "roadrunner")) return "a bad signature";
  return (read.value.certificate ?? read.value.key).type;
}

const ED25519_CERTIFICATE = "ssh-ed25519-cert-v01@openssh.com";
const ECDSA_CERTIFICATE = "ecdsa-sha2-nistp256-cert-v01@openssh.com";

describe("a key in the agent", () => {
  it.each([...SECURITY_KEYS, "ed25519", "ecdsa 384", "rsa"] as const)(
    "of the kind %s signs, once",
    async (kind) => {
      const key = keyOfKind(kind);
      const agent = await agentOf(keyOfKind("ed25519"), key);
      const path = put("key.pub", `${keyText(key.publicBlob)} a comment\n`);
      expect(await signsBy(path, agent.socket)).toBe(keyText(key.publicBlob).split(" ")[0]);
      expect(agent.signed()).toBe(1);
      expect(touches).toBe(kind.startsWith("sk") ? 1 : 0);
    },
  );

  it("that it does not hold is missed", async () => {
    const agent = await agentOf(keyOfKind("ed25519"));
    const path = put("key.pub", keyText(keyOfKind("ed25519").publicBlob));
    expect(await signsBy(path, agent.socket)).toContain("is not among the keys of the agent");
    expect(await signsBy(path)).toContain("there is no agent to sign with");
    expect(await signsBy(path, join(folder, "none"))).toMatch(
      /is a public key, and the agent at .*none cannot be asked: connect ENOENT/,
    );
  });

  it.each([
    ["nothing", Buffer.alloc(0), /it closed the connection/],
    ["a length without end", Buffer.from([0xff, 0xff, 0xff, 0xff, 12]), /its answer is too long/],
    ["a part", Buffer.from([0, 0, 0, 9, 12]), /it closed the connection/],
    ["a refusal", sshString(Buffer.of(5)), /it does not list its keys/],
    ["an empty answer", sshString(""), /it does not list its keys/],
    [
      "a list that ends early",
      sshString(Buffer.from([12, 0, 0, 0, 9, 0, 0, 0, 1])),
      /list of keys is damaged/,
    ],
    ["fewer keys than it counts", sshString(Buffer.from([12, 0, 0, 0, 1])), /list of keys is damaged/],
  ])("of one that answers with %s is not taken", async (_, bytes, why) => {
    const key = keyOfKind("ed25519");
    const agent = await agentOf(key);
    agent.answer(bytes);
    expect(await signsBy(put("key.pub", keyText(key.publicBlob)), agent.socket)).toMatch(why);
  });

  it("that signs with SHA-1, or something else, is told of at once", async () => {
    const rsa = keyOfKind("rsa");
    const other = keyOfKind("rsa");
    const sha1 = { ...rsa, sign: async () => ({ ok: true, value: strings("ssh-rsa", "x") }) as const };
    const foreign = { ...rsa, sign: (data: Buffer) => other.sign(data) };
    const path = put("key.pub", keyText(rsa.publicBlob));
    expect(await signsBy(path, (await agentOf(sha1)).socket)).toMatch(
      /a signature that was made with ssh-rsa, whose SHA-1/,
    );
    expect(await signsBy(path, (await agentOf(foreign)).socket)).toMatch(
      /a signature that is not of this key/,
    );
  });
});

describe("a certificate", () => {
  it("signs by the key beside it, without an agent and with one that has neither", async () => {
    const { key } = keyFile("own");
    const path = await certificateFile("own-cert.pub", key);
    expect(await signsBy(path)).toBe(ECDSA_CERTIFICATE);
    expect(await signsBy(path, (await agentOf(keyOfKind("ed25519"))).socket)).toBe(ECDSA_CERTIFICATE);
  });

  it("signs by an agent that holds its key, or the certificate alone", async () => {
    const key = keyOfKind("ed25519");
    const path = await certificateFile("own-cert.pub", key);
    const certificate = { ...key, publicBlob: await certificateFor(key, ca) };
    expect(await signsBy(path, (await agentOf(key)).socket)).toBe(ED25519_CERTIFICATE);
    expect(await signsBy(path, (await agentOf(certificate)).socket)).toBe(ED25519_CERTIFICATE);
  });

  it.each(SECURITY_KEYS)("for a security key of the kind %s takes one touch", async (kind) => {
    const key = securityKey(kind);
    const agent = await agentOf(key);
    const path = await certificateFile("own-cert.pub", key);
    expect(await signsBy(path, agent.socket)).toMatch(/^sk-.*-cert-v01@openssh.com$/);
    expect(agent.signed()).toBe(1);
  });

  it("lets a key that is named by itself sign without it", async () => {
    const { path, key } = keyFile("own");
    await certificateFile("own-cert.pub", key);
    expect(await signsBy(path)).toBe("ecdsa-sha2-nistp256");
  });

  it.each([
    ["of a host", { isFor: 2 }, /holds a certificate that is a host's, and signs for no user/],
    [
      "that is over",
      { before: 1_000_000_000n },
      /holds a certificate that expired at 2001-09-09T01:46:40.000Z/,
    ],
    ["of later", { after: 100_000_000_000n }, /holds a certificate that is not valid before 5138-11-16/],
    ["for nobody", { principals: [] }, /holds a certificate that names no principals/],
    [
      "for a command",
      { critical: { "force-command": "id" } },
      /holds a certificate that has the critical option/,
    ],
  ])("%s is refused before anything is sent", async (_, wanted, why) => {
    expect(await signsBy(await certificateFile("own-cert.pub", keyFile("own").key, wanted))).toMatch(why);
  });

  it("needs its key", async () => {
    const { key } = keyFile("own");
    const alone = await certificateFile("alone-cert.pub", key);
    expect(await signsBy(alone)).toMatch(
      /is a certificate, its key is not in .*alone, and there is no agent to/,
    );
    const renamed = await certificateFile("renamed.pub", key);
    expect(await signsBy(renamed)).toMatch(/whose name does not end in -cert.pub, and there is no agent to/);
    const foreign = await certificateFile("own-cert.pub", keyOfKind("ed25519"));
    expect(await signsBy(foreign)).toMatch(/is a certificate for another key than that of .*own$/);
    put("alone", "nonsense");
    expect(await signsBy(alone)).toMatch(/needs its key, and .*alone is no key that can sign/);
  });

  it("is read again for a run that goes on, and must be for the same key", async () => {
    const { key } = keyFile("own");
    const before = BigInt(Math.floor(Date.now() / 1000) + 3600);
    const path = await certificateFile("own-cert.pub", key, { before });
    const opened = await openSignKey(path, { socket: undefined, onTouch: () => undefined });
    expect(opened).toMatchObject({ ok: true, value: { validBeforeMs: Number(before) * 1000 } });
    await certificateFile("own-cert.pub", key, { before: before + 60n });
    const again = async () => (opened.ok ? opened.value.again?.() : undefined);
    expect(await again()).toMatchObject({ ok: true, value: { validBeforeMs: Number(before + 60n) * 1000 } });
    await certificateFile("own-cert.pub", keyFile("own").key);
    expect(await again()).toMatchObject({
      ok: false,
      error: expect.stringMatching(/is for another key by now/) as string,
    });
  });
});

describe("a file that cannot sign", () => {
  const armored = (bytes: Buffer) =>
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${bytes.toString("base64")}\n-----END OPENSSH PRIVATE KEY-----\n`;

  it("because its key lives on a security key says to use the agent", async () => {
    const { publicBlob } = securityKey("sk ed25519");
    const count1 = Buffer.from([0, 0, 0, 1]);
    const body = Buffer.concat([strings("none", "none", ""), count1, strings(publicBlob, "private")]);
    const path = put("sk", armored(Buffer.concat([Buffer.from("openssh-key-v1\0"), body])));
    expect(await signsBy(path)).toMatch(
      /sk lives on a security key: load it into the agent \(ssh-add .*sk\) and name .*sk.pub/,
    );
  });

  it.each([
    [
      "a damaged certificate",
      `${ED25519_CERTIFICATE} AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29t`,
      /has a certificate that is cut off/,
    ],
    ["a damaged key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", /has a key that is damaged/],
    ["nonsense", "nonsense", /is no key that can sign/],
    ["an empty private key", armored(Buffer.from("openssh-key-v1\0")), /is no key that can sign/],
  ])("%s is told with the reason", async (_, text, why) => {
    expect(await signsBy(put("bad", text))).toMatch(why);
  });
});
