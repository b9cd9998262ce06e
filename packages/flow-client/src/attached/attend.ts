import type { RunEvent, RunPlan } from "@roadrunner/core";
import type { FoundRun } from "../known-runs/index.ts";
import { NextStep } from "../reporters/lines/next-step.ts";
import type { RunViews } from "../screen/run-views.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import { tell } from "../usage/refusal.ts";
import { say } from "../usage/say.ts";
import { isStdinRead } from "../usage/stdin.ts";
import { Attendant } from "./attendant.ts";

export interface Attended {
  readonly known: FoundRun;
  readonly plan: RunPlan;
  readonly views: RunViews;
  /** What has happened before, and was shown or recalled already. */
  readonly past: readonly RunEvent[];
}

/** Shows a run that is carried elsewhere until it ends or is left, ends the views, and gives the exit code. */
export async function attend({ known, plan, views, past }: Attended): Promise<ExitCode> {
  const steps = new NextStep(plan);
  const attendant =
    known.kind === "coordinator"
      ? new Attendant({ known, plan, views, stdinIsRead: isStdinRead() })
      : undefined;
  steps.heard(past);
  attendant?.heard(past);
  const show = (events: readonly RunEvent[]): void => {
    steps.heard(events);
    views.show(events);
    attendant?.heard(events);
  };
  const followed = await known.follow(show, attendant?.left);
  attendant?.end();
  views.end();
  const named = known.kind === "coordinator" ? known.named : known.run;
  switch (followed.kind) {
    case "refused":
      return tell(followed.refusal);
    case "away":
      say(`detached: run ${known.run} goes on; see it again: rr-submit attach ${named}`);
      return EXIT.succeeded;
    case "left": {
      const confirm = followed.confirm ? " --confirm" : "";
      if (known.kind === "coordinator")
        say(`no coordinator carries this run now; go on with: rr-submit resume ${named}${confirm}`);
      else say(`no rr-submit runs this run now; go on with: rr-submit resume ${named}${confirm}`);
      return EXIT.infrastructure;
    }
    case "ended": {
      const lines = steps.lines(named);
      if (lines.length > 0) say(...lines);
      return EXIT[followed.verdict];
    }
  }
}
