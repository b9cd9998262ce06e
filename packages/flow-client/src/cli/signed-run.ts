import { fail, succeed, type Result, type RunPlan } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { RunSigner } from "../submit/run-signer.ts";
import type { carryOptions } from "./options.ts";

type SignOptions = Pick<OptionValues<typeof carryOptions>, "sign-key" | "sign-as">;

/** What signs this run, if it is to be signed; the error is the text for the operator. */
export async function signedRun(
  options: SignOptions,
  env: Readonly<Record<string, string | undefined>>,
  run: string,
  plan: RunPlan,
): Promise<Result<RunSigner | undefined, string>> {
  const { "sign-key": path, "sign-as": principal } = options;
  if (path === undefined)
    return principal === undefined ? succeed(undefined) : fail("--sign-as needs --sign-key");
  // Only here: ssh2 would slow down every other start.
  const { openSignKey } = await import("./sign-key.ts");
  const operator = await openSignKey(path, env["SSH_AUTH_SOCK"]);
  return operator.ok ? RunSigner.create({ operator: operator.value, run, plan, principal }) : operator;
}
