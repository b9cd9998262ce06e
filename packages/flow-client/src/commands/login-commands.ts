import type { OptionValues } from "@roadrunner/core/cli";
import { clientOf } from "../coordinator/index.ts";
import { untilText } from "../reporters/text/until-text.ts";
import { safeLine } from "../reporters/text/safe-text.ts";
import { print } from "../screen/print.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import type { loginOptions, logoutOptions } from "../usage/options.ts";
import { tell, wrongUse } from "../usage/refusal.ts";

type Env = Readonly<Record<string, string | undefined>>;

const WHICH = "which coordinator? Name it: --coordinator https://HOST (RR_COORDINATOR)";

/** `rr-submit login`: a new login with a coordinator, for the commands that follow. */
export async function loginCommand(
  { coordinator, ...options }: OptionValues<typeof loginOptions>,
  env: Env,
): Promise<ExitCode> {
  if (coordinator === undefined) return tell(wrongUse(WHICH));
  const client = clientOf({ ...options, coordinator }, env);
  const login = await client.logIn();
  if (!login.ok) return tell(login.error.refusal);
  const { principal, role, expires } = login.value;
  const text = `logged in to ${client.name} as ${safeLine(principal)}, role ${role}, until ${untilText(expires)}`;
  return print(text, EXIT.succeeded);
}

/** `rr-submit logout`: gives the login back that is kept here. */
export async function logoutCommand(
  { coordinator, ...options }: OptionValues<typeof logoutOptions>,
  env: Env,
): Promise<ExitCode> {
  if (coordinator === undefined) return tell(wrongUse(WHICH));
  const client = clientOf({ ...options, coordinator }, env);
  const out = await client.logOut();
  if (!out.ok) return tell(out.error.refusal);
  const { was, untold } = out.value;
  if (was === undefined) return print(`nobody of this box is logged in to ${client.name}`, EXIT.succeeded);
  if (untold === undefined)
    return print(`logged out of ${client.name}: ${safeLine(was.principal)}`, EXIT.succeeded);
  const lines = [
    ...untold.refusal.lines,
    `The login of ${was.principal} is gone from this box, and the coordinator has not heard of it: it lives until ${untilText(was.expires)}.`,
  ];
  return tell({ lines, code: EXIT.infrastructure });
}
