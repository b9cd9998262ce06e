import type { OptionValues } from "@roadrunner/core/cli";
import { eventsThatCount } from "@roadrunner/engine/resume";
import { attend } from "../../attached/attend.ts";
import { readKnownRun, type Places } from "../../known-runs/index.ts";
import { safeLine } from "../../reporters/text/safe-text.ts";
import { RunViews } from "../../screen/run-views.ts";
import type { ExitCode } from "../../usage/exit-codes.ts";
import type { attachOptions } from "../../usage/options.ts";
import { tell, wrongUse } from "../../usage/refusal.ts";
import { say } from "../../usage/say.ts";

/** `rr-submit attach RUN|last`: shows a run that another rr-submit or a coordinator carries. */
export async function attachCommand(
  name: string,
  options: OptionValues<typeof attachOptions>,
  places: Places,
): Promise<ExitCode> {
  const read = await readKnownRun(name, places, { untilBegun: true });
  if (!read.ok) return tell(read.error);
  const { known, recorded } = read.value;
  const views = await RunViews.open(
    { ...options, follow: undefined, raw: false, "output-dir": undefined },
    recorded.plan,
    places.env,
  );
  if (!views.ok) return tell(wrongUse(views.error));
  const past = eventsThatCount(recorded.events);
  const { run, principal } = recorded;
  if (principal !== undefined) say(`run ${run} was handed over by ${safeLine(principal)}`);
  views.value.show(past);
  return attend({ known, plan: recorded.plan, views: views.value, past });
}
