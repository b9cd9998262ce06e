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
import { test } from "vitest";
import { rounds } from "../bench-settings.ts";
import { spreadText } from "../spread.ts";
import { report } from "../table.ts";

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

/** Operations of one figure; a round has one figure of each. */
const TIMES = 300;

test("signing", () => {
  const measured = [250, 1024, 64 * 1024].flatMap((bytes) => {
    const body = JSON.stringify({ v: 1, host: "db1", command: `: ${"x".repeat(bytes)}` });
    const message = signMessage("task", TO, body, by, NOW);
    const sealed = pool.seal(TO, body, Date.now()).text;
    const operations: Readonly<Record<string, () => unknown>> = {
      sign: () => signMessage("task", TO, body, by, NOW),
      "check, its certificate known": () => demand(check.check("task", message, AT).ok),
      "check, its certificate new": () =>
        demand(new MessageCheck(signers.value).check("task", message, AT).ok),
      seal: () => pool.seal(TO, body, Date.now()),
      open: () => demand(pool.open(sealed, AT).ok),
    };
    return Object.entries(operations).map(([name, operation]) => {
      time(operation);
      return { bytes, name, ms: Array.from({ length: rounds }, () => time(operation)) };
    });
  });
  const rows = measured.map(({ bytes, name, ms }) => [name, String(bytes), spreadText(ms, 3)]);
  const about = `Milliseconds of one operation, from rounds of ${TIMES}.`;
  report("signing", [{ title: "Signing and sealing", about, columns: ["", "bytes", "ms"], rows }], measured);
});

function time(operation: () => unknown): number {
  const startMs = performance.now();
  for (let count = 0; count < TIMES; count += 1) operation();
  return (performance.now() - startMs) / TIMES;
}

function demand(ok: boolean): void {
  if (!ok) throw new Error("refused");
}
