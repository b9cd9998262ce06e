import { fail, succeed, type Result, type RunPlan } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { EXIT } from "../usage/exit-codes.ts";
import type { carryOptions } from "../usage/options.ts";
import type { Refusal } from "../usage/refusal.ts";
import { askSecret } from "./ask-secret.ts";

/** A workload has room for so much beside command and variables. */
const MOST_BYTES = 32 * 1024;

/** Values of secret parameters, by name: for what is sent, and nothing else. */
type Secrets = Readonly<Record<string, string>>;

/** Why a run with this plan's secrets cannot be sent in this way. A job server would see what is not sealed. */
export function unsealed(
  { secretParams = [] }: RunPlan,
  options: Pick<OptionValues<typeof carryOptions>, "local" | "pool-key-file">,
): string | undefined {
  if (secretParams.length === 0 || options.local || options["pool-key-file"] !== undefined) return undefined;
  const names = secretParams.join(", ");
  return (
    `a secret (${names}) is only sent sealed: nothing was sent\n` +
    "Give the workers and this command a pool key (--pool-key-file), or run it with --local."
  );
}

/** The secrets of a plan: those that files hold, and the others asked for on the terminal. */
export async function secretsOf(
  { secretParams = [] }: RunPlan,
  ofFiles: Secrets,
): Promise<Result<Secrets, Refusal>> {
  const secrets: Record<string, string> = {};
  for (const name of secretParams) {
    const known = ofFiles[name];
    const asked = known === undefined ? await askSecret(`${name}: `) : succeed(known);
    if (!asked.ok && asked.error === "cancelled")
      return fail({ lines: ["nothing was sent"], code: EXIT.cancelled });
    if (!asked.ok) {
      const why = `the secret ${name} is needed, and there is no terminal to ask for it: nothing was sent`;
      const cure = `Give it in a file that only you can read: --secret-file ${name}=PATH`;
      return fail({ lines: [why, cure], code: EXIT.usage });
    }
    const fault = secretFault(asked.value);
    if (fault !== undefined) return fail({ lines: [`the secret ${name} ${fault}`], code: EXIT.usage });
    secrets[name] = asked.value;
  }
  const bytes = Buffer.byteLength(JSON.stringify(secrets));
  return bytes > MOST_BYTES
    ? fail({
        lines: [`the secrets have ${bytes} bytes; together they can have ${MOST_BYTES}: nothing was sent`],
        code: EXIT.usage,
      })
    : succeed(secrets);
}

/** Why no command can have this value as a variable. */
export function secretFault(value: string): string | undefined {
  if (value === "") return "is empty";
  if (value.includes("\0")) return "holds a NUL character, which no variable can hold";
  return value.includes("\ufffd") ? "holds what is no UTF-8 text" : undefined;
}
