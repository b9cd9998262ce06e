import type { Result } from "@roadrunner/core";
import type { OperatorKey } from "@roadrunner/core/signing";
import type { SigningAgent } from "./agent-key.ts";

/** The key of `--sign-key`, to sign with; the error is the text for the operator. */
export async function openOperatorKey(
  path: string,
  agent: SigningAgent,
): Promise<Result<OperatorKey, string>> {
  // Only here: ssh2 would slow down every other start.
  const { openSignKey } = await import("./sign-key.ts");
  return openSignKey(path, agent);
}
