import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { findRun, readAppended, readJournal, runsFolder } from "@roadrunner/engine/journal";
import { isLocked } from "@roadrunner/engine/lock";
import { eventsThatCount, waitsForPerson } from "@roadrunner/engine/resume";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import type { attachOptions } from "../usage/options.ts";
import { NextStep } from "../reporters/lines/next-step.ts";
import { RunViews } from "../screen/run-views.ts";
import { say } from "../usage/say.ts";

const LOOK_EVERY_MS = 300;

/** `rr-submit attach RUN|last`: shows a run that another rr-submit carries, from its journal. */
export async function attachCommand(
  name: string,
  options: OptionValues<typeof attachOptions>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ExitCode> {
  const folder = runsFolder(env);
  const path = findRun(folder, name);
  const first = path.ok ? readJournal(path.value) : path;
  if (!path.ok || !first.ok) {
    say(path.ok ? (first as { error: string }).error : path.error);
    return EXIT.usage;
  }
  const { run, plan } = first.value;
  const views = await RunViews.open(
    { ...options, follow: undefined, raw: false, "output-dir": undefined },
    plan,
    env,
  );
  if (!views.ok) {
    say(views.error);
    return EXIT.usage;
  }
  const next = new NextStep(plan);
  const show = (events: readonly RunEvent[]): void => {
    next.heard(events);
    views.value.show(events);
  };
  show(eventsThatCount(first.value.events));
  let last: RunEvent | undefined = first.value.events.at(-1);
  let { length } = first.value;
  for (;;) {
    const carried = await isLocked(folder, run);
    // Read after the look at the lock: what its owner wrote last is seen.
    const appended = readAppended({ path: path.value, length });
    length = appended.length;
    if (appended.events.length > 0) show(appended.events);
    last = appended.events.at(-1) ?? last;
    if (last?.type === "run.ended") {
      views.value.end();
      const lines = next.lines(run);
      if (lines.length > 0) say(...lines);
      return EXIT[last.verdict];
    }
    if (!carried) {
      views.value.end();
      const left = readJournal(path.value);
      const confirm = left.ok && waitsForPerson(left.value) ? " --confirm" : "";
      say(`no rr-submit runs this run now; go on with: rr-submit resume ${run}${confirm}`);
      return EXIT.infrastructure;
    }
    await sleep(LOOK_EVERY_MS);
  }
}
