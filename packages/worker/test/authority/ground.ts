import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  keyOfDigest,
  namesOf,
  taskId,
  uniqueOf,
  parseWorkload,
  type Workload,
  type WrittenWorkload,
} from "@roadrunner/core";
import { operatorKey, signCertificate, signMessage, type OperatorKey } from "@roadrunner/core/signing";
import { afterAll, expect } from "vitest";
import { Authority } from "../../src/authority/authority.ts";

export const NOW = Date.UTC(2026, 10, 24, 9, 16, 12);
export const RUN = "20261124-091612-abcdefgh";

/** A folder that the test file's end removes. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "rr-authority-"));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function file(path: string, text: string): string {
  writeFileSync(path, text);
  return path;
}

export interface TestSigner {
  readonly line: string;
  sign(
    kind: "task" | "control" | "gate",
    to: { function: string; unique: string },
    body: string,
    run?: string,
  ): Promise<string>;
}

/** One who signs; `line` is what allowed_signers needs. */
export function newSigner(name: string): TestSigner {
  const made = operatorKey(generateKeyPairSync("ed25519").privateKey);
  if (!made.ok) throw new Error(made.error);
  return signerOf(made.value, `${name} ssh-ed25519 ${made.value.publicBlob.toString("base64")}\n`);
}

export function signerOf(operator: OperatorKey, line: string): TestSigner {
  const fresh = generateKeyPairSync("ed25519");
  return {
    line,
    async sign(kind, to, body, run = RUN) {
      const fields = { run, plan: "0".repeat(64) };
      const certificate = await signCertificate(operator, fields, fresh.publicKey, NOW);
      if (!certificate.ok) throw new Error(certificate.error);
      return signMessage(kind, to, body, { key: fresh.privateKey, certificate: certificate.value }, NOW);
    },
  };
}

export function workload(fields: Partial<WrittenWorkload> = {}, submission = "abcd1234"): WrittenWorkload {
  const task = { run: RUN, slot: 1, job: "j", attempt: 1, client: "c-1", submission };
  return { v: 1, host: "db1", command: "uptime", delivery: "once", task, ...fields };
}

/** As a worker reads it. */
export function readWorkload(): Workload {
  const read = parseWorkload(JSON.stringify(workload()));
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

/** The Gearman unique of a workload. */
export function uniqueFor({ host, task }: WrittenWorkload): string {
  if (task === undefined) throw new Error("no task");
  const id = taskId(namesOf(task, host));
  return uniqueOf(keyOfDigest(createHash("sha256").update(id).digest()), task.submission);
}

export const alice = newSigner("alice");
export const bob = newSigner("bob");

/** Makes workers whose files lie in that folder; `signers` are lines of allowed_signers. */
export function opener(root: string) {
  let count = 0;
  return (policy?: object, signers = alice.line + bob.line) => {
    count += 1;
    const path = file(join(root, `signers-${count}`), signers);
    const rules = policy && file(join(root, `policy-${count}`), JSON.stringify(policy));
    const opened = Authority.open({
      allowedSigners: path,
      hosts: "all",
      users: "all",
      ...(rules === undefined ? {} : { policy: rules }),
    });
    if (!opened.ok) throw new Error(opened.error.join("\n"));
    return { authority: opened.value, path, rules };
  };
}

/** A workload as it comes to a worker. */
export async function signedBy(
  by: TestSigner,
  what: WrittenWorkload,
  unique = uniqueFor(what),
  functionName = "rr-run",
) {
  const to = { function: functionName, unique };
  return { text: await by.sign("task", to, JSON.stringify(what)), functionName, unique };
}

/** No host is known to ssh_config. */
export const nobody = () => undefined;

export const refused = (why: RegExp, more: object = {}) => ({
  ok: false,
  error: expect.objectContaining({ reason: expect.stringMatching(why) as string, ...more }) as object,
});
