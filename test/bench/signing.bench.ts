import { generateKeyPairSync, randomBytes } from "node:crypto";
import {
  MessageCheck,
  parsePoolKeys,
  PoolSeal,
  operatorKey,
  parseAllowedSigners,
  signCertificate,
  signMessage,
} from "@roadrunner/core/signing";
import { bench, describe } from "vitest";

const NOW = Date.UTC(2026, 10, 24, 9, 16, 12);
const TO = { function: "rr-run", unique: "abcdefghijklmnopqrstuvwxyz-12345678" };
const AT = { functionName: TO.function, unique: TO.unique, nowMs: NOW };

const operator = operatorKey(generateKeyPairSync("ed25519").privateKey);
if (!operator.ok) throw new Error(operator.error);
const signers = parseAllowedSigners(`alice ssh-ed25519 ${operator.value.publicBlob.toString("base64")}`);
if (!signers.ok) throw new Error(signers.error.join("\n"));
const fresh = generateKeyPairSync("ed25519");
const fields = { run: "20261124-091612-abcdefgh", plan: "0".repeat(64) };
const certificate = await signCertificate(operator.value, fields, fresh.publicKey, NOW);
if (!certificate.ok) throw new Error(certificate.error);
const by = { key: fresh.privateKey, certificate: certificate.value };
const check = new MessageCheck(signers.value);

const keys = parsePoolKeys(randomBytes(32).toString("hex"));
if (!keys.ok) throw new Error(keys.error.join("\n"));
const pool = new PoolSeal(keys.value);
for (const bytes of [1024, 64 * 1024]) {
  const text = "x".repeat(bytes);
  const sealed = pool.seal(TO, text).text;
  describe(`a message of ${bytes} bytes`, () => {
    bench("seal", () => {
      pool.seal(TO, text);
    });
    bench("open", () => {
      if (!pool.open(sealed, AT).ok) throw new Error("refused");
    });
  });
}

for (const bytes of [250, 64 * 1024]) {
  const body = JSON.stringify({ v: 1, host: "db1", command: `: ${"x".repeat(bytes)}` });
  const message = signMessage("task", TO, body, by, NOW);
  describe(`a task of ${bytes} bytes`, () => {
    bench("sign", () => {
      signMessage("task", TO, body, by, NOW);
    });
    bench("check, its certificate known", () => {
      if (!check.check("task", message, AT).ok) throw new Error("refused");
    });
    bench("check, its certificate new", () => {
      if (!new MessageCheck(signers.value).check("task", message, AT).ok) throw new Error("refused");
    });
  });
}
