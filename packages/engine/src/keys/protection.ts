import { fail, succeed, type Result, type RunPlan } from "@roadrunner/core";
import { fingerprintOf, readKeyOrCertificate, type PoolSeal } from "@roadrunner/core/signing";
import type { CarriedFor } from "../protect/carried-for.ts";
import { RunSigner } from "../protect/run-signer.ts";
import type { SigningAgent } from "./agent-key.ts";
import { openOperatorKey } from "./operator-key.ts";
import { openPoolSeal } from "./pool-seal.ts";

/** As on the command line. */
export interface KeyOptions {
  readonly "sign-key": string | undefined;
  readonly "sign-as": string | undefined;
  readonly "pool-key-file": string | undefined;
  /** The job server and the worker are this process's own. */
  readonly local?: boolean;
}

/** How what a run says to workers is protected; absent: not. */
export interface Protection {
  readonly signer?: RunSigner | undefined;
  readonly seal?: PoolSeal | undefined;
  readonly carriedFor?: CarriedFor | undefined;
}

const SIGN_AS_ALONE = "--sign-as needs --sign-key";

/** What signs and seals this run, as far as it is to be; the error is the text for the operator. */
export async function protectionOf(
  options: KeyOptions,
  agent: SigningAgent,
  run: string,
  plan: RunPlan,
): Promise<Result<Protection, string>> {
  // An embedded job server is this process alone.
  const seal = options.local === true ? succeed(undefined) : openPoolSeal(options["pool-key-file"]);
  if (!seal.ok) return seal;
  const signer = await signedRun(options, agent, run, plan);
  return signer.ok ? succeed({ signer: signer.value, seal: seal.value }) : signer;
}

/** Why nothing can be signed or sealed with these, before there is a run; undefined: it can, or is not to be. */
export async function keyFault(options: KeyOptions, agent: SigningAgent): Promise<string | undefined> {
  const seal = openPoolSeal(options["pool-key-file"]);
  if (!seal.ok) return seal.error;
  const { "sign-key": path, "sign-as": principal } = options;
  if (path === undefined) return principal === undefined ? undefined : SIGN_AS_ALONE;
  const operator = await openOperatorKey(path, agent);
  return operator.ok ? undefined : operator.error;
}

/** The key (`SHA256:…`) that `--sign-key` names, be it by a certificate; undefined: none is named. */
export async function signKeyPrint(
  { "sign-key": path }: Pick<KeyOptions, "sign-key">,
  agent: SigningAgent,
): Promise<Result<string | undefined, string>> {
  if (path === undefined) return succeed(undefined);
  const operator = await openOperatorKey(path, agent);
  if (!operator.ok) return operator;
  const read = readKeyOrCertificate(operator.value.publicBlob);
  return read.ok ? succeed(fingerprintOf(read.value.key.blob)) : fail(`--sign-key ${path} ${read.error}`);
}

async function signedRun(
  options: KeyOptions,
  agent: SigningAgent,
  run: string,
  plan: RunPlan,
): Promise<Result<RunSigner | undefined, string>> {
  const { "sign-key": path, "sign-as": principal } = options;
  if (path === undefined) return principal === undefined ? succeed(undefined) : fail(SIGN_AS_ALONE);
  const operator = await openOperatorKey(path, agent);
  return operator.ok ? RunSigner.create({ operator: operator.value, run, plan, principal }) : operator;
}
