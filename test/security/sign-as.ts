import { createHash, createPrivateKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { keyOfDigest, taskId, uniqueOf, type Workload } from "@roadrunner/core";
import {
  openEnvelope,
  operatorKey,
  signCertificate,
  signMessage,
  type MessageKind,
  type OperatorKey,
} from "@roadrunner/core/signing";
import ssh2 from "ssh2";

export interface Signed {
  readonly functionName: string;
  readonly unique: string;
  readonly text: string;
}

/** Signs with a key, or a private key's file, whatever he likes, as anybody can who is among the allowed signers. */
export async function signAs(
  by: string | OperatorKey,
  what: {
    readonly kind: MessageKind;
    readonly run: string;
    readonly functionName: string;
    readonly unique: string;
    readonly body: string;
    readonly atMs?: number;
    readonly principal?: string;
  },
): Promise<Signed> {
  const operator = typeof by === "string" ? keyOfFile(by) : by;
  const { privateKey: key, publicKey } = generateKeyPairSync("ed25519");
  const { kind, run, functionName, unique, body, atMs = Date.now() } = what;
  const fields = { run, plan: "0".repeat(64), ...(what.principal && { principal: what.principal }) };
  const made = await signCertificate(operator, fields, publicKey, atMs);
  if (!made.ok) throw new Error(made.error);
  const signing = { key, certificate: made.value };
  return {
    functionName,
    unique,
    text: signMessage(kind, { function: functionName, unique }, body, signing, atMs),
  };
}

export function keyOfFile(path: string): OperatorKey {
  const parsed = ssh2.utils.parseKey(readFileSync(path));
  if (parsed instanceof Error) throw parsed;
  const operator = operatorKey(createPrivateKey(parsed.getPrivatePEM()));
  if (!operator.ok) throw new Error(operator.error);
  return operator.value;
}

/** A workload as it is written: what is left out has its default. */
export type WrittenWorkload = Partial<Workload> & Pick<Workload, "host">;

/** A submission of a task of a run, his or another's. */
export async function signTask(
  by: string | OperatorKey,
  workload: WrittenWorkload,
  atMs?: number,
  principal?: string,
): Promise<Signed> {
  const { task, host } = workload;
  if (task === undefined) throw new Error("it names no task");
  const fresh = { ...task, submission: randomBytes(6).toString("hex") };
  const key = keyOfDigest(
    createHash("sha256")
      .update(taskId({ ...fresh, host }))
      .digest(),
  );
  return signAs(by, {
    kind: "task",
    run: task.run,
    functionName: "rr-run",
    unique: uniqueOf(key, fresh.submission),
    body: JSON.stringify({ ...workload, task: fresh }),
    ...(atMs === undefined ? {} : { atMs }),
    ...(principal === undefined ? {} : { principal }),
  });
}

/** What a signed submission says, as anybody reads it who sees it pass. */
export function workloadIn(
  text: string | Buffer,
): Workload & { readonly task: NonNullable<Workload["task"]> } {
  const envelope = openEnvelope(text.toString());
  if (envelope?.ok !== true) throw new Error("not signed");
  return JSON.parse(envelope.value.body) as ReturnType<typeof workloadIn>;
}
