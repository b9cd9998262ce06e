import { generateKeyPairSync } from "node:crypto";
import {
  CERTIFICATE_LIFE_MS,
  fingerprintOf,
  MAX_SKEW_MS,
  MESSAGE_LIFE_MS,
  MessageCheck,
  openEnvelope,
  operatorKey,
  parseAllowedSigners,
  signCertificate,
  signMessage,
  type OperatorKey,
} from "@roadrunner/core/signing";
import { beforeAll, describe, expect, it } from "vitest";
import { certified, keyOfKind, keyText, type WantedCertificate } from "./certificates.ts";
import { nodeKey } from "./keys.ts";

const NOW = Date.UTC(2026, 10, 24, 9, 16, 12);
const RUN = "20261124-091612-abcdefgh";
const TO = { function: "rr-run", unique: "abcdefghijklmnopqrstuvwxyz-12345678" };
const AT = { functionName: TO.function, unique: TO.unique, nowMs: NOW };
const BODY = '{"host":"db1","command":"uptime"}';

const fresh = generateKeyPairSync("ed25519");
let alice: OperatorKey;
let mallory: OperatorKey;
beforeAll(() => {
  const made = [operatorKey(nodeKey("ed25519")), operatorKey(nodeKey("ecdsa 256"))];
  const [first, second] = made.map((key) => (key.ok ? key.value : undefined));
  if (first === undefined || second === undefined) throw new Error("no keys");
  [alice, mallory] = [first, second];
});

function check(options = ""): MessageCheck {
  const line = `alice ${options} ssh-ed25519 ${alice.publicBlob.toString("base64")}`;
  const signers = parseAllowedSigners(line);
  if (!signers.ok) throw new Error(signers.error.join());
  return new MessageCheck(signers.value);
}

async function certificate(by = alice, atMs = NOW, principal?: string) {
  const fields = { run: RUN, plan: "0".repeat(64), ...(principal === undefined ? {} : { principal }) };
  const made = await signCertificate(by, fields, fresh.publicKey, atMs);
  if (!made.ok) throw new Error(made.error);
  return { key: fresh.privateKey, certificate: made.value };
}

async function message(by = alice, atMs = NOW) {
  return signMessage("task", TO, BODY, await certificate(by, atMs), atMs);
}

const refused = (why: RegExp) => ({
  ok: false,
  error: expect.objectContaining({ reason: expect.stringMatching(why) as string }) as object,
});

describe("a message of one who may", () => {
  it("is taken, and tells who and for which run", async () => {
    const text = await message();
    expect(check().check("task", text, AT)).toEqual({
      ok: true,
      value: {
        body: BODY,
        principal: "alice",
        fingerprint: expect.stringMatching(/^SHA256:/) as string,
        run: RUN,
        plan: "0".repeat(64),
        unique: TO.unique,
        issuedMs: NOW,
        notAfterMs: NOW + MESSAGE_LIFE_MS,
      },
    });
  });

  it("is altered by no character that can be changed", async () => {
    const text = await message();
    const checked = check();
    for (let at = 0; at < text.length; at += 1) {
      const changed = text[at] === "a" ? "b" : "a";
      const altered = text.slice(0, at) + changed + text.slice(at + 1);
      const result = checked.check("task", altered, AT);
      // Base64's last character has bits that stand for nothing: the same bytes, so the same message.
      if (result.ok) expect({ ...result.value }).toMatchObject({ body: BODY, run: RUN, principal: "alice" });
    }
    const header = openEnvelope(text);
    const otherBody = header?.ok === true ? text.replace("uptime", "reboot") : "";
    expect(checked.check("task", otherBody, AT)).toEqual(refused(/altered/));
  });

  it.each([
    ["another function", { functionName: "rr-run.dc2" }, /signed for rr-run, and came as rr-run.dc2/],
    ["another unique", { unique: `${TO.unique.slice(0, -1)}9` }, /another submission/],
  ])("is refused under %s", async (_, at, why) => {
    expect(check().check("task", await message(), { ...AT, ...at })).toEqual(refused(why));
  });

  it("is taken from a job server that tells no unique, under the one that was signed", async () => {
    const taken = check().check("task", await message(), { ...AT, unique: "" });
    expect(taken).toMatchObject({ ok: true, value: { unique: TO.unique } });
  });

  it("is no control message", async () => {
    expect(check().check("control", await message(), AT)).toEqual(refused(/altered/));
  });
});

describe("a message of one who may not", () => {
  it.each(["", "[]", "null", BODY, "\0", '{"v":1}'])("%j is refused as unsigned", (text) => {
    expect(check().check("task", text, AT)).toEqual(refused(/not signed/));
  });

  it.each(['{"signed":1}', '{"v":2,"signed":{}}', `{"v":1,"signed":{"header":"{}"}}`])(
    "%s is refused",
    (text) => {
      expect(check().check("task", text, AT)).toEqual(refused(/envelope/));
    },
  );

  it("is refused when a stranger signed it", async () => {
    expect(check().check("task", await message(mallory), AT)).toEqual(
      refused(/not among the allowed signers/),
    );
  });

  it("is refused when a stranger claims the key of one who may", async () => {
    const claims = { publicBlob: alice.publicBlob, sign: (data: Buffer) => mallory.sign(data) };
    expect(check().check("task", await message(claims), AT)).toEqual(
      refused(
        /run certificate was made with "ecdsa-sha2-nistp256", which is not for a key of the type ssh-ed25519/,
      ),
    );
    const ofHisKind = keyOfKind("ed25519");
    const alike = { ...claims, sign: (data: Buffer) => ofHisKind.sign(data) };
    expect(check().check("task", await message(alike), AT)).toEqual(
      refused(/not made by the key that it names/),
    );
  });

  it("is refused when another key than the run's signed the message", async () => {
    const { certificate: good } = await certificate();
    const other = generateKeyPairSync("ed25519").privateKey;
    const text = signMessage("task", TO, BODY, { key: other, certificate: good }, NOW);
    expect(check().check("task", text, AT)).toEqual(refused(/altered/));
  });

  it("is refused when its key is for something else, or no longer valid", async () => {
    const text = await message();
    expect(check('namespaces="git"').check("task", text, AT)).toEqual(refused(/namespace roadrunner/));
    expect(check('valid-before="20261101Z"').check("task", text, AT)).toEqual(refused(/no longer valid/));
  });

  it("is refused when it claims to be somebody else", async () => {
    const text = signMessage("task", TO, BODY, await certificate(alice, NOW, "root"), NOW);
    expect(check().check("task", text, AT)).toEqual(refused(/may not sign as "root"/));
  });

  it("is refused from the moment its key's validity ends, though its certificate was taken before", async () => {
    const checked = check('valid-before="20261124091630Z"');
    const text = await message();
    expect(checked.check("task", text, AT).ok).toBe(true);
    expect(checked.check("task", text, { ...AT, nowMs: NOW + 30_000 })).toEqual(refused(/no longer valid/));
  });
});

describe("a message of one who signs with a certificate", () => {
  const authority = keyOfKind("ed25519");
  const key = keyOfKind("ecdsa 521");
  const byAuthority = parseAllowedSigners(`* cert-authority ${keyText(authority.publicBlob)}`);
  const checkOf = async (wanted: WantedCertificate) => {
    const by = await certified(key, authority, wanted);
    const checked = new MessageCheck(byAuthority.ok ? byAuthority.value : []);
    return { checked, by, result: checked.check("task", await message(by), AT) };
  };

  it("tells which, beside its key", async () => {
    const { result } = await checkOf({ keyId: "an\nid".repeat(50), serial: 2n ** 64n - 1n });
    expect(result).toMatchObject({
      ok: true,
      value: {
        principal: "alice",
        fingerprint: fingerprintOf(key.publicBlob),
        certificate: {
          id: "an\nid".repeat(20),
          serial: "18446744073709551615",
          authority: fingerprintOf(authority.publicBlob),
        },
      },
    });
  });

  it("is refused when the authority named has not signed it, and when any bit of it was changed", async () => {
    const forged = await certified(key, { ...key, publicBlob: authority.publicBlob });
    const checked = new MessageCheck(byAuthority.ok ? byAuthority.value : []);
    expect(checked.check("task", await message(forged), AT)).toEqual(
      refused(
        /has a signature of its authority that was made with "ecdsa-sha2-nistp521", which is not for a key/,
      ),
    );
    const good = await certified(key, authority);
    expect(checked.check("task", await message(good), AT)).toMatchObject({ ok: true });
    for (let at = 0; at < good.publicBlob.length; at += 1) {
      const publicBlob = Buffer.from(good.publicBlob);
      publicBlob[at] = (publicBlob[at] ?? 0) ^ 1;
      expect(checked.check("task", await message({ ...good, publicBlob }), AT).ok, `byte ${at}`).toBe(false);
    }
  });

  it("may have one of 8 KiB, and none that is longer", async () => {
    const principals = (length: number) => [
      "alice",
      ...Array.from({ length }, (_, at) => `${at}`.padStart(98, "x")),
    ];
    const { by, result } = await checkOf({ principals: principals(76) });
    expect(by.publicBlob.length).toBeGreaterThan(8080);
    expect(result).toMatchObject({ ok: true });
    const { result: longer } = await checkOf({ principals: principals(78) });
    expect(longer).toEqual(refused(/has a certificate that has 8\d\d\d bytes; at most 8192 are taken/));
  });

  it("is refused from the moment that it ends, though it was taken before", async () => {
    const { checked, by, result } = await checkOf({ before: BigInt(NOW / 1000 + 30) });
    expect(result).toMatchObject({ ok: true });
    const text = await message(by);
    expect(checked.check("task", text, { ...AT, nowMs: NOW + 29_999 })).toMatchObject({ ok: true });
    expect(checked.check("task", text, { ...AT, nowMs: NOW + 30_000 })).toEqual(
      refused(
        /\(serial 7, authority SHA256:\S+\) for the key SHA256:\S+ expired at 2026-11-24T09:16:42.000Z/,
      ),
    );
  });
});

describe("the clocks", () => {
  it("bears five minutes either way, and tells of more than one", async () => {
    const text = await message();
    const at = (nowMs: number) => check().check("task", text, { ...AT, nowMs });
    expect(at(NOW - 60_000)).toMatchObject({
      ok: true,
      value: expect.not.objectContaining({ skewMs: 1 }) as object,
    });
    expect(at(NOW - 61_000)).toMatchObject({ ok: true, value: { skewMs: 61_000 } });
    expect(at(NOW - MAX_SKEW_MS)).toMatchObject({ ok: true, value: { skewMs: MAX_SKEW_MS } });
    expect(at(NOW - MAX_SKEW_MS - 1)).toEqual(refused(/future/));
    const end = NOW + MESSAGE_LIFE_MS;
    expect(at(end + 61_000)).toMatchObject({ ok: true, value: { skewMs: -61_000 } });
    expect(at(end + MAX_SKEW_MS).ok).toBe(true);
    expect(at(end + MAX_SKEW_MS + 1)).toMatchObject({
      ok: false,
      error: {
        expired: true,
        reason: expect.stringContaining("expired at 2026-11-24T09:31:12.000Z") as string,
      },
    });
  });

  it("ends a certificate after a day, however young the message", async () => {
    const old = await certificate(alice, NOW - CERTIFICATE_LIFE_MS - MAX_SKEW_MS - 1);
    const text = signMessage("task", TO, BODY, old, NOW);
    expect(check().check("task", text, AT)).toEqual(refused(/certificate expired/));
  });

  it("takes no message and no certificate that is made for longer", async () => {
    const long = await certificate();
    const body = JSON.parse(long.certificate.body) as Record<string, unknown>;
    // Only the holder of the operator's key could: a leaked fresh key must not live on.
    const stretched: OperatorKey = { publicBlob: alice.publicBlob, sign: (data) => alice.sign(data) };
    const { signSsh, NAMESPACE } = await import("@roadrunner/core/signing");
    const text = JSON.stringify({ ...body, notAfterMs: NOW + 2 * CERTIFICATE_LIFE_MS });
    const signature = await signSsh(Buffer.from(text), NAMESPACE, stretched);
    const certificateOf = { body: text, signature: signature.ok ? signature.value : "" };
    const by = { key: fresh.privateKey, certificate: certificateOf };
    expect(check().check("task", signMessage("task", TO, BODY, by, NOW), AT)).toEqual(
      refused(/longer than 24 hours/),
    );
  });
});
