import { fail, succeed, type Result, type RunPlan } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import type { PoolSeal } from "@roadrunner/core/signing";
import { RunSigner } from "@roadrunner/engine";
import type { carryOptions } from "../usage/options.ts";
import { say } from "../usage/say.ts";
import { openPoolSeal } from "./pool-seal.ts";

type WrapOptions = Pick<
  OptionValues<typeof carryOptions>,
  "sign-key" | "sign-as" | "pool-key-file" | "local"
>;

/** How what a run says to workers is protected; absent: not. */
export interface Protection {
  readonly signer?: RunSigner | undefined;
  readonly seal?: PoolSeal | undefined;
}

/** What signs and seals this run, as far as it is to be; the error is the text for the operator. */
export async function protectionOf(
  options: WrapOptions,
  env: Readonly<Record<string, string | undefined>>,
  run: string,
  plan: RunPlan,
): Promise<Result<Protection, string>> {
  // An embedded job server is this process alone.
  const seal = options.local ? succeed(undefined) : openPoolSeal(options["pool-key-file"]);
  if (!seal.ok) return seal;
  const signer = await signedRun(options, env, run, plan);
  return signer.ok ? succeed({ signer: signer.value, seal: seal.value }) : signer;
}

async function signedRun(
  options: WrapOptions,
  env: Readonly<Record<string, string | undefined>>,
  run: string,
  plan: RunPlan,
): Promise<Result<RunSigner | undefined, string>> {
  const { "sign-key": path, "sign-as": principal } = options;
  if (path === undefined)
    return principal === undefined ? succeed(undefined) : fail("--sign-as needs --sign-key");
  // Only here: ssh2 would slow down every other start.
  const { openSignKey } = await import("./sign-key.ts");
  const operator = await openSignKey(path, { socket: env["SSH_AUTH_SOCK"], onTouch: askForTouch });
  return operator.ok ? RunSigner.create({ operator: operator.value, run, plan, principal }) : operator;
}

/** Nobody is there to touch it where nobody reads; above a board it stands as any message does. */
function askForTouch(): void {
  if (process.stderr.isTTY) say("Touch the security key: it signs the run.");
}
