import { defined, type RunPlan } from "@roadrunner/core";
import {
  longestSilenceMs,
  submitRun,
  type Ownership,
  type Protection,
  type SubmittedRun,
  type WorkerLink,
} from "@roadrunner/engine";
import type { By } from "@roadrunner/engine/api";
import { goOn } from "@roadrunner/engine/resume";
import type { Again } from "./again.ts";
import type { Feed } from "./feed.ts";
import type { KeptRun } from "../kept/kept-run.ts";
import type { Past } from "../kept/load-run.ts";
import type { StoreJournal } from "./store-journal.ts";

interface ToSubmit {
  readonly run: string;
  readonly plan: RunPlan;
  /** Absent: it has not begun. */
  readonly past: Past | undefined;
  readonly kept: KeptRun;
  readonly secrets: Readonly<Record<string, string>>;
  /** Absent: it is new, or goes on by itself. */
  readonly again: Again | undefined;
  /** This coordinator. */
  readonly by: By;
  readonly link: WorkerLink;
  readonly protection: Protection;
  readonly journal: StoreJournal;
  readonly feed: Feed;
  readonly ownership: Ownership;
}

/** Begins a run, or goes on with it, as rr-submit would: with the store as its journal and its watchers as its view. */
export function submitHere(to: ToSubmit): SubmittedRun {
  const { run, plan, kept, secrets, link, journal, feed } = to;
  const { carry } = kept;
  return submitRun({
    ...link,
    unheardMs: longestSilenceMs(plan, carry.waitForWorkersMs),
    run,
    plan,
    ...from(to),
    ...defined({ ...to.protection }),
    ...(Object.keys(secrets).length === 0 ? {} : { secrets }),
    maxInFlight: carry.maxInFlight,
    priority: carry.priority,
    keepOutputBytes: carry.keepOutputBytes,
    serverTimeoutMs: carry.serverTimeoutMs,
    lostTimeoutMs: carry.lostTimeoutMs,
    ownership: to.ownership,
    journal,
    view: {
      live: carry.live,
      show: (events) => {
        // What is recorded comes from the journal, with its number.
        for (const event of events) if (event.type === "task.output") feed.output(event);
      },
    },
    operator: {
      isElsewhere: true,
      // Nobody sits here: the answer comes by the API, or the question becomes needless.
      confirm: (_text, gone) =>
        new Promise((resolve) => gone.addEventListener("abort", () => resolve("nobody"), { once: true })),
    },
  });
}

function from({ past, kept, again, by }: ToSubmit): Pick<Parameters<typeof submitRun>[0], "from" | "by"> {
  if (past === undefined) {
    const { file = "", fileDigest = "", warnings = [] } = kept.begin ?? {};
    return { by: kept.by, from: { kind: "new", file, fileDigest, warnings } };
  }
  const retry = again?.retry;
  const { replayed } = goOn(past, { retry, lostTimeoutMs: kept.carry.lostTimeoutMs });
  return {
    by: again?.by ?? by,
    from: { kind: "resumed", replayed, ...defined({ retry, confirmedBy: again?.confirmedBy }) },
  };
}
