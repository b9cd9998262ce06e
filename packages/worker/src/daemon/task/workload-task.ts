import { randomBytes } from "node:crypto";
import {
  base32,
  fail,
  defined,
  namesOf,
  recordId,
  succeed,
  workIn,
  type Result,
  type Workload,
} from "@roadrunner/core";
import { readPrivateFile } from "@roadrunner/core/files";
import { keyOf } from "@roadrunner/core/signing";
import type { OwnedWorkload } from "../../authority/owner.ts";
import type { AskedBefore, RemoteTask } from "../../program/remote-task.ts";
import type { HostTarget } from "../../transport/transport.ts";
import type { Connect } from "../../visit/run-request.ts";
import { readSecret, type CredentialFault } from "./secrets.ts";
import type { SharedParts } from "../shared-parts.ts";
import { workKey } from "./work-key.ts";

const KILL_GRACE_MS = 5000;

/** Where and as whom the workload asks to be run. */
export function targetOf(workload: Workload): HostTarget {
  return {
    host: workload.host,
    connectTimeoutMs: workload.connectTimeoutMs,
    ...defined({
      address: workload.address,
      port: workload.port,
      user: workload.user,
      freshLogin: workload.freshLogin,
      transport: workload.transport,
    }),
  };
}

/** What the worker keeps and the workload only names, and the secrets that came with it. */
type Credentials = Pick<RemoteTask, "secretEnv" | "sudoPassword">;

/** A workload, and what it takes to carry it out. */
export interface ReadyTask {
  readonly workload: OwnedWorkload;
  readonly credentials: Credentials;
  readonly connect: Connect;
}

/** Reads what the worker keeps for this task, now. */
export async function prepare(
  shared: SharedParts,
  workload: OwnedWorkload,
): Promise<Result<ReadyTask, CredentialFault>> {
  const credentials = await readCredentials(shared, workload);
  if (!credentials.ok) return credentials;
  const target = targetOf(workload);
  const connect: Connect = (signal) => shared.hosts.connect(target, signal);
  return succeed({ workload, credentials: credentials.value, connect });
}

/** The workload as the remote program needs it: with every default, and a nonce of its own. */
export function remoteTask(shared: SharedParts, { workload, credentials }: ReadyTask): RemoteTask {
  const { task } = workload;
  const byHand = task === undefined;
  return {
    ...workIn(workload),
    host: workload.host,
    nonce: base32(randomBytes(15)),
    attempt: task?.attempt ?? 1,
    env: {
      ...workload.env,
      RR_HOST: workload.host,
      ...(byHand ? {} : { RR_RUN: task.run, RR_JOB: task.job, RR_ATTEMPT: String(task.attempt) }),
      ...(task?.stage === undefined ? {} : { RR_STAGE: task.stage }),
      ...(task?.target === undefined ? {} : { RR_TARGET: task.target }),
    },
    ...credentials,
    killGraceMs: KILL_GRACE_MS,
    maxOutputBytes: shared.maxOutputBytes,
    ...defined({
      owner: workload.owner,
      askedBefore: askedBefore(shared, workload),
      recordDir: shared.recordDir,
      recordKey: byHand ? undefined : keyOf(recordId(namesOf(task, workload.host))),
    }),
  };
}

/** What its submitter has heard of it, and what this worker has. */
function askedBefore(shared: SharedParts, workload: OwnedWorkload): AskedBefore | undefined {
  const again = workload.task?.again;
  const mine = shared.begun.where(workKey(workload));
  if (again === undefined && mine === undefined) return undefined;
  return defined({ began: again?.began ?? mine, boot: again?.boot });
}

async function readCredentials(
  shared: SharedParts,
  workload: Workload,
): Promise<Result<Credentials, CredentialFault>> {
  const secretEnv: Record<string, { name: string; value: string }> = {};
  for (const [variable, name] of Object.entries(workload.secretEnv ?? {})) {
    const secret = await readSecret(shared.secretsDir, name);
    if (!secret.ok) return secret;
    secretEnv[variable] = { name, value: secret.value };
  }
  for (const [name, value] of Object.entries(workload.secretParams ?? {})) secretEnv[name] = { name, value };
  if (workload.become === undefined || shared.sudoPasswordFile === undefined) return succeed({ secretEnv });
  const password = await readPrivateFile(shared.sudoPasswordFile, "the sudo password");
  return password.ok
    ? succeed({ secretEnv, sudoPassword: password.value })
    : fail({ reason: password.error, blame: "worker" });
}
