import { fail, succeed, type Result, type RunEvent, type RunPlan } from "@roadrunner/core";
import {
  fingerprintOf,
  readKeyOrCertificate,
  type OperatorKey,
  type SignedText,
} from "@roadrunner/core/signing";
import { openOperatorKey, signForCarriers } from "@roadrunner/engine";
import type { CoordinatorClient } from "./client.ts";
import { mayGoOn } from "./may-go-on.ts";
import { pastAttemptsOf } from "./seen-before.ts";
import { wrongUse, type Refusal } from "../usage/refusal.ts";
import { say } from "../usage/say.ts";
import { signingAgent } from "../carry/signing-agent.ts";

const LEAST_LIFE_MS = 1000;

/** As on the command line. */
export interface SignOptions {
  readonly "sign-key"?: string | undefined;
  readonly "sign-as"?: string | undefined;
  readonly "max-run-time": number;
  /** Whose earlier word on the plan counts as the own one. */
  readonly "signed-by"?: string | undefined;
}

interface ToSign {
  readonly run: string;
  readonly plan: RunPlan;
  /** Who handed over a run that goes on, as his login proved. */
  readonly principal?: string | undefined;
  /** Of a run that goes on. */
  readonly events?: readonly RunEvent[] | undefined;
}

/**
 * The operator's word on a plan, for the coordinator and its peers: they can have nothing else run. Undefined: there is no
 * key to sign with, or they sign nothing.
 */
export async function signedFor(
  client: CoordinatorClient,
  { run, plan, events, principal: owner }: ToSign,
  options: SignOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Result<SignedText | undefined, Refusal>> {
  const { "sign-key": path, "sign-as": principal, "max-run-time": lifeMs } = options;
  if (path === undefined) return succeed(undefined);
  if (lifeMs < LEAST_LIFE_MS)
    return fail(wrongUse("--max-run-time is 1s at least: before that nothing could start"));
  if (events !== undefined) {
    const may = await mayGoOn(client, { run, principal: owner });
    if (!may.ok) return may;
  }
  const carriers = await client.carriers();
  if (!carriers.ok) return fail(carriers.error.refusal);
  if (carriers.value.length === 0) {
    say(
      `the coordinator on ${client.name} has no key (rr-coordinator --sign-key): the plan is not signed, and workers with --allowed-signers refuse it`,
    );
    return succeed(undefined);
  }
  const operator = await openOperatorKey(path, signingAgent(env));
  if (!operator.ok) return fail(wrongUse(operator.error));
  const past = await pastAttempts(client, { run, plan, events }, operator.value, options);
  if (!past.ok) return past;
  const { validBeforeMs = Infinity } = operator.value;
  if (validBeforeMs < Date.now() + lifeMs)
    say(
      `the plan is signed until ${new Date(validBeforeMs).toISOString()}, when the certificate of --sign-key ends: ` +
        `what is left then waits for rr-submit sign ${run}`,
    );
  const of = { run, plan, pastAttempts: past.value, carriers: carriers.value, principal, lifeMs };
  const signed = await signForCarriers(operator.value, of);
  return signed.ok ? signed : fail(wrongUse(signed.error));
}

/** Of a new run none; of one that goes on the coordinator tells them, and is held to what was signed before. */
async function pastAttempts(
  client: CoordinatorClient,
  { run, plan, events }: ToSign,
  { publicBlob }: OperatorKey,
  { "signed-by": trusted }: SignOptions,
): Promise<Result<number, Refusal>> {
  if (events === undefined) return succeed(0);
  const before = await client.signed(run);
  if (!before.ok) return fail(before.error.refusal);
  const read = readKeyOrCertificate(publicBlob);
  const own = read.ok ? fingerprintOf(read.value.key.blob) : "";
  const past = pastAttemptsOf({ run, plan, events }, before.value.signed, { own, trusted });
  return past.ok ? past : fail(wrongUse(past.error));
}
