import { defined } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import type { Resume } from "@roadrunner/engine/api";
import { goOn } from "@roadrunner/engine/resume";
import { attend } from "../../attached/attend.ts";
import { by, carryOf } from "../../carry/hand-over.ts";
import { secretsOf } from "../../carry/secrets.ts";
import { signedFor } from "../../coordinator/index.ts";
import type { CoordinatorRun, RecordedRun } from "../../known-runs/index.ts";
import { print } from "../../screen/print.ts";
import { RunViews } from "../../screen/run-views.ts";
import { EXIT, type ExitCode } from "../../usage/exit-codes.ts";
import type { resumeOptions } from "../../usage/options.ts";
import { tell, wrongUse } from "../../usage/refusal.ts";
import { paramsAgain } from "../given-params.ts";

type Options = OptionValues<typeof resumeOptions>;

/** Has a coordinator go on with a run that it has, and shows it until it ends or is left. */
export async function resumeRemote(
  known: CoordinatorRun,
  recorded: RecordedRun,
  options: Options,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ExitCode> {
  const { plan } = recorded;
  const again = await paramsAgain(plan, options);
  if (!again.ok) return tell({ lines: again.error, code: EXIT.usage });
  const signed = await signedFor(known.client, recorded, options, env);
  if (!signed.ok) return tell(signed.error);
  const views = options.detach ? undefined : await RunViews.open(options, plan, env);
  if (views?.ok === false) return tell(wrongUse(views.error));
  const { retry, confirm } = options;
  const carry = carryOf(options, views?.value.live ?? false);
  const asked: Resume = { by: by(), confirm, carry, ...defined({ retry, signed: signed.value }) };
  const isGiven = Object.keys(again.value).length > 0;
  let told = isGiven ? undefined : await known.resume(asked);
  if (told === undefined || (!told.ok && told.error.code === "needsSecrets")) {
    const secrets = await secretsOf(plan, again.value);
    if (!secrets.ok) {
      views?.value.end();
      return tell(secrets.error);
    }
    told = await known.resume({ ...asked, secrets: secrets.value });
  }
  if (!told.ok) {
    views?.value.end();
    return tell(told.error.refusal);
  }
  if (views === undefined) return print(known.run, EXIT.succeeded);
  const { past } = goOn(recorded, { retry, lostTimeoutMs: options["lost-timeout"] });
  views.value.recall(past);
  return attend({ known, plan, views: views.value, past });
}
