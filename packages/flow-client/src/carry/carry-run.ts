import { hostname, userInfo } from "node:os";
import { defined, type Result, type RunPlan } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import {
  longestSilenceMs,
  type NewRun,
  type Protection,
  type Reached,
  type ResumedRun,
  type RunJournal,
  submitRun,
} from "@roadrunner/engine";
import type { JournalWriter } from "@roadrunner/engine/journal";
import type { LockFault, RunLock } from "@roadrunner/engine/lock";
import { safeLine } from "../reporters/text/safe-text.ts";
import { NextStep } from "../reporters/lines/next-step.ts";
import { isStdinRead } from "../usage/stdin.ts";
import { exitCodeOf, type ExitCode } from "../usage/exit-codes.ts";
import { confirmedElsewhere, isConfirm } from "./confirmations.ts";
import { ask, canAsk, type Said } from "./question.ts";
import type { carryOptions } from "../usage/options.ts";
import type { RunViews } from "../screen/run-views.ts";
import { say } from "../usage/say.ts";
import { hearStops, STOP } from "./signals.ts";
import { VERSION } from "../usage/version.ts";

export interface Carried {
  readonly reached: Reached;
  readonly options: OptionValues<typeof carryOptions>;
  readonly run: string;
  readonly plan: RunPlan;
  readonly views: RunViews;
  readonly journal: JournalWriter;
  /** On the run: that nobody else carries it. */
  readonly lock: Result<RunLock, LockFault>;
  readonly from: NewRun | ResumedRun;
  readonly protection: Protection;
  /** Values of the plan's secret parameters. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Absent: whoever gave the command watches it. */
  readonly detached?: DetachedRun | undefined;
}

/** A run that goes on without whoever gave the command. */
export interface DetachedRun {
  /** It is in the journal, and hears `rr-submit stop` and its kin. */
  readonly onBegun: () => void;
}

/** Carries a run, new or resumed, to its end, and closes its journal. */
export async function carryRun(carried: Carried): Promise<ExitCode> {
  const { reached, options, run, plan, views, journal, lock, from, detached } = carried;
  const next = new NextStep(plan);
  const stdinIsRead = isStdinRead();
  const stops = hearStops(() => submitted);
  const submitted = submitRun({
    gearman: reached.gearman,
    watch: reached.watch,
    serverNames: reached.serverNames,
    ...defined({
      unheardMs: reached.embedded ? undefined : longestSilenceMs(plan, options["wait-for-workers"]),
    }),
    run,
    plan,
    from,
    ...defined({ ...carried.protection }),
    ...(Object.keys(carried.secrets).length === 0 ? {} : { secrets: carried.secrets }),
    by: { version: VERSION, who: userInfo().username, where: hostname() },
    maxInFlight: options["max-in-flight"],
    priority: options.priority,
    keepOutputBytes: options["keep-output"],
    serverTimeoutMs: options["server-timeout"],
    lostTimeoutMs: options["lost-timeout"],
    journal: detached === undefined ? journal : tellingBegun(journal, detached),
    view: {
      live: views.live,
      show: (events) => {
        next.heard(events);
        views.show(events);
      },
    },
    operator: {
      isElsewhere: detached !== undefined,
      confirm: async (text, gone) =>
        detached === undefined ? confirm(views, text, stdinIsRead, gone) : answeredElsewhere(gone),
    },
  });
  if (lock.ok)
    lock.value.hear((word) => {
      if (word === STOP) return stops.asked();
      return isConfirm(word) ? confirmedElsewhere(word, submitted) : `what is ${word}?`;
    });
  const result = await submitted.ended;
  stops.end();
  views.end();
  journal.close();
  if (lock.ok) lock.value.release();
  if (result.kind === "interrupted") {
    // Without it, resume would ask the same, and stop there again.
    const confirm = result.unconfirmed === true ? " --confirm" : "";
    say(`The run is open; go on with: rr-submit resume ${run}${confirm}`);
  }
  const lines = next.lines(run);
  if (lines.length > 0) say(...lines);
  return exitCodeOf(result);
}

/** Tells of the first events that are written, when all else of the run is there as well. */
function tellingBegun(journal: JournalWriter, { onBegun }: DetachedRun): RunJournal {
  let isBegun = false;
  return {
    append: (events) => {
      const written = journal.append(events);
      if (!isBegun && written.ok) {
        isBegun = true;
        setImmediate(onBegun);
      }
      return written;
    },
  };
}

/** Nobody is here to be asked, so it waits: for a yes by `rr-submit confirm`, or until it is needless. */
function answeredElsewhere(gone: AbortSignal): Promise<"nobody"> {
  return new Promise((resolve) => {
    gone.addEventListener("abort", () => resolve("nobody"), { once: true });
  });
}

async function confirm(
  views: RunViews,
  text: string,
  stdinIsRead: boolean,
  gone: AbortSignal,
): Promise<Said> {
  if (!canAsk(stdinIsRead)) return "nobody";
  views.pause();
  const said = await ask(safeLine(text), stdinIsRead, { gone, onShown: (shown) => views.beside(shown) });
  views.resume();
  return said;
}
