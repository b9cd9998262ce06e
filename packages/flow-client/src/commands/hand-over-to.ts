import { defined } from "@roadrunner/core";
import { attend } from "../attached/attend.ts";
import { handOverOf, type ToHandOver } from "../carry/hand-over.ts";
import { clientOf, handOverOnce, signedFor } from "../coordinator/index.ts";
import { CoordinatorRun } from "../known-runs/index.ts";
import { print } from "../screen/print.ts";
import { RunViews, type OwnView } from "../screen/run-views.ts";
import { coordinatorWord } from "../usage/coordinator-word.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import type { RunOptions } from "../usage/options.ts";
import type { CoordinatorAddress } from "@roadrunner/engine/address";
import { tell, wrongUse } from "../usage/refusal.ts";

/** Hands a run to a coordinator, and shows it until it ends or is left; with `--detach` says its id and leaves it at once. */
export async function handOverTo(
  coordinator: CoordinatorAddress,
  asked: ToHandOver,
  options: RunOptions,
  env: Readonly<Record<string, string | undefined>>,
  own: OwnView | undefined,
): Promise<ExitCode> {
  const client = clientOf({ ...options, coordinator }, env);
  const word = coordinatorWord(coordinator, env);
  // First: with a key that cannot sign nothing is to be shown.
  const signed = await signedFor(client, asked, options, env);
  if (!signed.ok)
    return tell({ ...signed.error, lines: [...signed.error.lines, "Nothing was handed over."] });
  const handOver = (live: boolean) => ({
    ...handOverOf(asked, options, live),
    ...defined({ signed: signed.value }),
  });
  if (options.detach) {
    const taken = await handOverOnce(client, handOver(false), { word });
    return taken.ok ? print(taken.value, EXIT.succeeded) : tell(taken.error);
  }
  const views = await RunViews.open(options, asked.plan, env, own);
  if (!views.ok) return tell(wrongUse(`${views.error}\nNothing was handed over.`));
  const taken = await handOverOnce(client, handOver(views.value.live), { word });
  if (!taken.ok) {
    views.value.end();
    return tell(taken.error);
  }
  const known = new CoordinatorRun(client, asked.run, word);
  return attend({ known, plan: asked.plan, views: views.value, past: [] });
}
