import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  authorityFault,
  parseAllowedSigners,
  principalOf,
  readSignature,
  signSsh,
  verifySsh,
  type OperatorKey,
} from "@roadrunner/core/signing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  certified,
  keyOfKind,
  keyText,
  securityKey,
  SECURITY_KEYS,
  type AnyKind,
  type WantedCertificate,
} from "./certificates.ts";
import { KEY_KINDS, makeFolder } from "./keys.ts";

/** Certificates and security keys: `ssh-keygen -Y verify` and we, over many combinations. */

const folder = makeFolder();
afterAll(() => folder.remove());

const MESSAGE = Buffer.from("a run certificate");
const NOW = "20261124091612Z";
const NOW_MS = Date.UTC(2026, 10, 24, 9, 16, 12);
const now = BigInt(NOW_MS / 1000);

async function armoredBy(key: OperatorKey): Promise<string> {
  const armored = await signSsh(MESSAGE, "roadrunner", key);
  if (!armored.ok) throw new Error(armored.error);
  return armored.value;
}

function opensshTakes(armored: string, signers: string, principal: string): boolean {
  const [file, signature] = [join(folder.path, "signers"), join(folder.path, "signature")];
  writeFileSync(file, `${signers}\n`);
  writeFileSync(signature, armored);
  const args = ["-Y", "verify", "-f", file, "-I", principal, "-n", "roadrunner", "-s", signature];
  return spawnSync("ssh-keygen", [...args, "-O", `verify-time=${NOW}`], { input: MESSAGE }).status === 0;
}

/** The name, or why not. */
function weSay(armored: string, signers: string, principal?: string): string {
  const read = readSignature(armored);
  if (!read.ok) return read.error;
  const { key, certificate, made } = read.value;
  const fault = certificate && authorityFault(certificate);
  if (fault !== undefined) return fault;
  if (!verifySsh(read.value, MESSAGE, "roadrunner")) return "not verified";
  const parsed = parseAllowedSigners(signers);
  if (!parsed.ok) return parsed.error.join("\n");
  const by = { key, ...(certificate && { certificate }), ...(made.touch && { touch: made.touch }) };
  const name = principalOf(parsed.value, by, "roadrunner", NOW_MS, principal);
  return name.ok ? name.value.name : name.error;
}

/** Both verdicts, so that a failure shows what was tried and what we said. */
function verdicts(armored: string, signers: string, principal: string) {
  const said = weSay(armored, signers, principal);
  return {
    tried: `${signers.slice(0, 60)} as ${principal}`,
    said,
    we: said === principal,
    openssh: opensshTakes(armored, signers, principal),
  };
}

let key: OperatorKey;
let ca: OperatorKey;
let other: OperatorKey;
beforeAll(() => {
  [key, ca, other] = [keyOfKind("ed25519"), keyOfKind("ecdsa 256"), keyOfKind("ed25519")];
});

describe("principals of line and certificate", () => {
  const lines = ["alice", "*", "al*,bob", "!alice,*", "*@x"];
  const inCertificate = [
    ["alice"],
    ["bob"],
    ["bob", "alice"],
    [],
    ["alice "],
    ["*"],
    ["alice,bob"],
    ["Alice"],
  ];
  it.each(inCertificate.map((principals) => ({ principals })))("$principals", async ({ principals }) => {
    const armored = await armoredBy(await certified(key, ca, { principals }));
    for (const line of lines) {
      for (const asked of ["alice", "bob"]) {
        const both = verdicts(armored, `${line} cert-authority ${keyText(ca.publicBlob)}`, asked);
        expect(both).toEqual({ ...both, we: both.openssh });
      }
    }
  });
});

describe("validity, kind and authority", () => {
  const times: WantedCertificate[] = [
    {},
    { after: now, before: now + 1n },
    { after: now - 1n, before: now },
    { after: now + 1n },
    { after: now + 100n, before: now - 100n },
    { after: 0n, before: 0n },
  ];
  const kinds = [{}, { isFor: 2 }, { isFor: 3 }, { isFor: 0 }];
  const wanted = times.flatMap((time) => kinds.map((kind) => ({ ...time, ...kind })));
  it("say the same", async () => {
    const lines = [
      `alice cert-authority ${keyText(ca.publicBlob)}`,
      `alice ${keyText(ca.publicBlob)}`,
      `alice ${keyText(key.publicBlob)}`,
      `alice cert-authority ${keyText(key.publicBlob)}`,
      `alice cert-authority ${keyText(other.publicBlob)}`,
      `bob cert-authority ${keyText(ca.publicBlob)}\nalice cert-authority ${keyText(ca.publicBlob)}`,
      `alice cert-authority,namespaces="git" ${keyText(ca.publicBlob)}`,
      `alice cert-authority,valid-before="20201201Z" ${keyText(ca.publicBlob)}`,
      `alice cert-authority,valid-after="20261101Z" ${keyText(ca.publicBlob)}`,
    ];
    let taken = 0;
    for (const fields of wanted) {
      const armored = await armoredBy(await certified(key, ca, fields));
      for (const line of "isFor" in fields ? lines.slice(0, 2) : lines) {
        const both = verdicts(armored, line, "alice");
        expect(both).toEqual({ ...both, we: both.openssh });
        taken += both.we ? 1 : 0;
      }
    }
    expect(taken).toBe(6);
  });
});

describe("kinds of keys and authorities", () => {
  const all: AnyKind[] = [...KEY_KINDS, ...SECURITY_KEYS];
  it.each(all)("%s: its certificate, and one that it signs", async (kind) => {
    const one = keyOfKind(kind);
    for (const [signer, authority] of [
      [one, ca],
      [key, one],
    ] as const) {
      const armored = await armoredBy(await certified(signer, authority));
      const both = verdicts(armored, `alice cert-authority ${keyText(authority.publicBlob)}`, "alice");
      expect(both).toMatchObject({ we: true, openssh: true });
    }
  });
});

describe.each(SECURITY_KEYS)("a security key of the kind %s", (kind) => {
  it.each(["ssh:", "ssh:roadrunner", "", "https://example.com"])("for %j", async (application) => {
    const token = securityKey(kind, { application });
    const both = verdicts(await armoredBy(token), `alice ${keyText(token.publicBlob)}`, "alice");
    expect(both).toMatchObject({ we: true, openssh: true });
    const elsewhere = { ...token, publicBlob: securityKey(kind, { application }).publicBlob };
    expect(
      verdicts(await armoredBy(elsewhere), `alice ${keyText(elsewhere.publicBlob)}`, "alice"),
    ).toMatchObject({
      we: false,
      openssh: false,
    });
  });

  it("is refused with any byte of its signature changed", async () => {
    const token = securityKey(kind);
    const line = `alice ${keyText(token.publicBlob)}`;
    const blob = Buffer.from((await armoredBy(token)).split("\n").slice(1, -2).join(""), "base64");
    for (let at = 0; at < blob.length; at += 1) {
      const changed = Buffer.from(blob);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const armored = `-----BEGIN SSH SIGNATURE-----\n${changed.toString("base64")}\n-----END SSH SIGNATURE-----\n`;
      expect(weSay(armored, line, "alice"), `byte ${at}`).not.toBe("alice");
    }
  });
});

describe("where we are stricter than ssh-keygen", () => {
  const byCa = () => `alice cert-authority ${keyText(ca.publicBlob)}`;

  it.each([
    ["force-command", "id", /"force-command", which is for logins: a signed run cannot keep it/],
    ["source-address", "127.0.0.1/8", /"source-address", which is for logins/],
    ["x@example.com", "", /"x@example.com", which is not known here/],
    ["verify-required", "x", /"verify-required" with a value/],
    ["verify-required", "", /is on no security key, which the certificate asks for/],
  ])("the critical option %s (%j) is refused by name", async (name, value, why) => {
    const armored = await armoredBy(await certified(key, ca, { critical: { [name]: value } }));
    const both = verdicts(armored, byCa(), "alice");
    expect(both).toMatchObject({ we: false, openssh: true, said: expect.stringMatching(why) as string });
  });

  it.each([
    ["alice", {}, 0, false],
    ["alice", {}, 1, true],
    ["alice", {}, 4, false],
    ["alice", {}, 5, true],
    ["alice no-touch-required", {}, 0, true],
    ["alice verify-required", {}, 1, false],
    ["alice verify-required", {}, 5, true],
    ["alice verify-required,no-touch-required", {}, 4, true],
    ["alice verify-required,no-touch-required", {}, 0, false],
    ["alice cert-authority", {}, 0, false],
    ["alice cert-authority", { extensions: { "no-touch-required": "" } }, 0, false],
    ["alice cert-authority,no-touch-required", {}, 0, false],
    ["alice cert-authority,no-touch-required", { extensions: { "no-touch-required": "" } }, 0, true],
    ["alice cert-authority", { critical: { "verify-required": "" } }, 1, false],
    ["alice cert-authority", { critical: { "verify-required": "" } }, 5, true],
    ["alice cert-authority,verify-required", {}, 1, false],
    ["alice cert-authority,verify-required", {}, 5, true],
  ] as const)("%s, certificate %j, flags %i: %s", async (line, wanted, flags, isTaken) => {
    for (const kind of SECURITY_KEYS) {
      const token = securityKey(kind, { flags });
      const isCertified = line.includes("cert-authority");
      const armored = await armoredBy(isCertified ? await certified(token, ca, wanted) : token);
      const said = weSay(armored, `${line} ${keyText((isCertified ? ca : token).publicBlob)}`, "alice");
      if (isTaken) expect(said).toBe("alice");
      else expect(said).toMatch(/without a touch|without a PIN/);
    }
  });

  it("a plain key is not let in by verify-required on the line of its authority", async () => {
    const line = `alice cert-authority,verify-required ${keyText(ca.publicBlob)}`;
    expect(weSay(await armoredBy(await certified(key, ca)), line)).toMatch(
      /is on no security key, which line 1/,
    );
  });

  it("a certificate on a line is refused, and one that signs another", async () => {
    const certificate = await certified(key, ca);
    const armored = await armoredBy(certificate);
    expect(weSay(armored, `alice ${keyText(certificate.publicBlob)}`)).toMatch(
      /is a certificate, where a key must/,
    );
    const nested = await certified(other, key, { authorityBlob: certificate.publicBlob });
    const both = verdicts(
      await armoredBy(nested),
      `alice cert-authority ${keyText(key.publicBlob)}`,
      "alice",
    );
    expect(both).toMatchObject({ we: false, openssh: false });
    expect(both.said).toMatch(/has a certificate that is signed by a certificate/);
  });
});

describe("a stranger", () => {
  it.each([
    ["alice cert-authority CA", "key", /^is not among the allowed signers$/],
    [
      "alice cert-authority KEY",
      "key",
      /^is an authority among the allowed signers \(line 1\), and signs nothing but/,
    ],
    [
      "alice CA",
      "certificate",
      /^is of an authority that is no cert-authority among the allowed signers \(line 1\)$/,
    ],
    [
      "alice cert-authority OTHER",
      "certificate",
      /^is of an authority that is not among the allowed signers$/,
    ],
    ["alice KEY", "certificate", /not among the allowed signers; its key is \(line 1\): sign without/],
    ["bob cert-authority CA", "certificate", /^names no principal that line 1 lets in \("alice"\)$/],
  ])("is told by %s of its %s", async (line, by, why) => {
    const text = line
      .replace("KEY", keyText(key.publicBlob))
      .replace("CA", keyText(ca.publicBlob))
      .replace("OTHER", keyText(other.publicBlob));
    expect(weSay(await armoredBy(by === "key" ? key : await certified(key, ca)), text)).toMatch(why);
  });

  it("who names himself must be in the certificate, and on the line", async () => {
    const armored = await armoredBy(await certified(key, ca, { principals: ["bob", "alice", "root"] }));
    const line = `alice,bob,carol cert-authority ${keyText(ca.publicBlob)}`;
    expect(weSay(armored, line)).toBe("bob");
    expect(weSay(armored, line, "alice")).toBe("alice");
    expect(weSay(armored, line, "carol")).toBe(
      'does not name "carol" among its principals ("bob", "alice", "root")',
    );
    expect(weSay(armored, line, "root")).toBe('may not sign as "root" (line 1)');
  });
});

describe("altered certificates", () => {
  it("with any bit of it changed, nobody signs", async () => {
    const certificate = await certified(key, ca, { principals: ["alice"] });
    const line = `* cert-authority ${keyText(ca.publicBlob)}`;
    expect(weSay(await armoredBy(certificate), line)).toBe("alice");
    for (let at = 0; at < certificate.publicBlob.length; at += 1) {
      const publicBlob = Buffer.from(certificate.publicBlob);
      publicBlob[at] = (publicBlob[at] ?? 0) ^ 1;
      expect(weSay(await armoredBy({ ...certificate, publicBlob }), line), `byte ${at}`).not.toBe("alice");
    }
  });
});
