import type { RunEvent } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { eventsThatCount } from "@roadrunner/engine/resume";
import { readKnownRun, type Places } from "../known-runs/index.ts";
import { NextStep } from "../reporters/lines/next-step.ts";
import { RunViews } from "../screen/run-views.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import type { attachOptions } from "../usage/options.ts";
import { tell } from "../usage/refusal.ts";
import { say } from "../usage/say.ts";

/** `rr-submit attach RUN|last`: shows a run that another rr-submit carries, from its journal. */
export async function attachCommand(
  name: string,
  options: OptionValues<typeof attachOptions>,
  places: Places,
): Promise<ExitCode> {
  const read = await readKnownRun(name, places);
  if (!read.ok) return tell(read.error);
  const { known, recorded } = read.value;
  const { run, plan, events } = recorded;
  const views = await RunViews.open(
    { ...options, follow: undefined, raw: false, "output-dir": undefined },
    plan,
    places.env,
  );
  if (!views.ok) {
    say(views.error);
    return EXIT.usage;
  }
  const next = new NextStep(plan);
  const show = (shown: readonly RunEvent[]): void => {
    next.heard(shown);
    views.value.show(shown);
  };
  show(eventsThatCount(events));
  const followed = await known.follow(show);
  views.value.end();
  switch (followed.kind) {
    case "refused":
      return tell(followed.refusal);
    case "left": {
      const confirm = followed.confirm ? " --confirm" : "";
      say(`no rr-submit runs this run now; go on with: rr-submit resume ${run}${confirm}`);
      return EXIT.infrastructure;
    }
    case "ended": {
      const lines = next.lines(run);
      if (lines.length > 0) say(...lines);
      return EXIT[followed.verdict];
    }
  }
}
