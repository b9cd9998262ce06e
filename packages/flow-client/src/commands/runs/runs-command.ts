import { safeJson } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { listKnownRuns, type Places } from "../../known-runs/index.ts";
import { runsTable } from "../../reporters/lists/runs-text.ts";
import { EXIT, type ExitCode } from "../../usage/exit-codes.ts";
import type { runsOptions } from "../../usage/options.ts";
import { tell } from "../../usage/refusal.ts";
import { print } from "../../screen/print.ts";

/** `rr-submit runs`: past and present runs of this user, newest first. */
export async function runsCommand(
  options: OptionValues<typeof runsOptions>,
  places: Places,
): Promise<ExitCode> {
  const { flow, state, last } = options;
  const { rows, where, missing } = await listKnownRuns({ flow, state, last }, places);
  // Whether there are none is not known.
  if (missing !== undefined && rows.length === 0 && !options.json) return tell(missing);
  const isAll = flow === undefined && state === undefined;
  const none = isAll ? `no runs in ${where}` : `no run of that kind is in ${where}`;
  const text = options.json ? safeJson(rows, 2) : rows.length === 0 ? none : runsTable(rows).join("\n");
  const code = await print(text, EXIT.succeeded);
  return missing === undefined ? code : tell(missing);
}
