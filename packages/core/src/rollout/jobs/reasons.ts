import { formatMs } from "../duration-text.ts";
import type { JobRule } from "../state/job-rule.ts";
import type { JobState } from "../state/job-state.ts";
import { FAILURES, type Outcome } from "../../work/outcome.ts";
import type { OutcomeCounts } from "../verdict.ts";

const MOST_NAMED = 5;
const MOST_VALUES = 3;

const WORDS: Readonly<Record<Outcome, string>> = {
  ok: "ok",
  failed: "failed",
  timedOut: "timed out",
  unreachable: "unreachable",
  refused: "refused",
  unknown: "unknown",
  cancelled: "cancelled",
  skipped: "never started",
};

/** "needs 80 of 100 hosts; 21 failed; 37 never started". Undefined when all hosts ended ok, or only failed within bounds. */
export function reasonOfJob(job: JobState): string | undefined {
  if (job.brokenRule !== undefined) return reasonOfRule(job.brokenRule, job);
  if (job.plan.undoes !== undefined && job.counts.ok < job.numbers.hosts)
    return joined(
      job.stopReason,
      `undone on ${job.counts.ok} of ${hostsText(job.numbers.hosts)}`,
      ...notOk(job.counts),
    );
  const leftOut = job.gatesLeftOut ? "its gates had not passed" : undefined;
  if (leftOut === undefined && job.counts.skipped + job.counts.cancelled === 0) return undefined;
  const need = `needs ${job.numbers.need} of ${hostsText(job.numbers.hosts)}`;
  return joined(job.stopReason, leftOut, need, `${job.counts.ok} ok`, ...notOk(job.counts));
}

function reasonOfRule(rule: JobRule, job: JobState): string {
  const { counts, numbers } = job;
  switch (rule.type) {
    case "success":
      return joined(needText(numbers.need, numbers.hosts), ...notOk(counts));
    case "tolerate": {
      const limit = numbers.tolerate[rule.outcome] ?? 0;
      const head = `tolerates ${limit} ${WORDS[rule.outcome]} of ${hostsText(numbers.hosts)}`;
      return joined(head, ...notOk(counts));
    }
    case "step": {
      const head = `step ${rule.step} needs ${rule.need} of ${hostsText(rule.size)}`;
      const inStep = job.step?.failures ?? 0;
      if (inStep === job.failures) return joined(head, ...notOk(counts));
      const [failures, ...rest] = notOk(counts);
      return joined(head, `${inStep} of these failed`, `in all ${failures}`, ...rest);
    }
    case "places":
      return joined(placesText(rule, job.plan.failedHostsHoldPlaces), neverStarted(counts));
    case "spread": {
      const told = rule.values.slice(0, MOST_VALUES).map(({ value, places, heldBy }) => {
        const held = placesText({ places }, job.plan.failedHostsHoldPlaces);
        return `of ${value} ${held}: ${someOf(heldBy)}`;
      });
      const more = rule.values.length - told.length;
      return joined(...told, more > 0 ? `${more} more values likewise` : undefined, neverStarted(counts));
    }
    case "gate":
      return joined(rule.text, `${counts.ok} ok`, ...notOk(counts));
    case "deadline":
      return joined(
        `not done within its deadline of ${formatMs(rule.deadlineMs)}`,
        counts.ok >= numbers.need ? undefined : needText(numbers.need, numbers.hosts),
        `${counts.ok} ok`,
        ...notOk(counts),
      );
  }
}

/** A step that did not pass, or was cut short: "needs 8 of 10 hosts; 5 ok; 3 failed; 2 never started". */
export function reasonOfStep(
  need: number,
  size: number,
  seen: { ok: number; failures: number; ended: number },
): string {
  const rest = seen.ended - seen.ok - seen.failures;
  return joined(
    `needs ${need} of ${hostsText(size)}`,
    `${seen.ok} ok`,
    seen.failures > 0 ? `${seen.failures} failed` : undefined,
    rest > 0 ? `${rest} cancelled or withdrawn` : undefined,
    size > seen.ended ? `${size - seen.ended} never started` : undefined,
  );
}

/** `success: 8` after an onlyIfOk that left 5: "needs 8 hosts, and onlyIfOk left 5". */
function needText(need: number, hosts: number): string {
  if (need <= hosts) return `needs ${need} of ${hostsText(hosts)}`;
  return `needs ${need} hosts, and onlyIfOk left ${hosts}`;
}

function placesText(rule: { readonly places: number }, failedHostsHoldPlaces: boolean): string {
  const one = rule.places === 1;
  const places = one ? "the only place is held by" : `all ${rule.places} places are held by`;
  if (failedHostsHoldPlaces) return `${places} ${one ? "a failed host" : "failed hosts"}`;
  return `${places} ${one ? "a host whose command" : "hosts whose commands"} may still run`;
}

/** The first few names. */
export function someOf(names: readonly string[]): string {
  const told = names.slice(0, MOST_NAMED).join(", ");
  return names.length > MOST_NAMED ? `${told} and ${names.length - MOST_NAMED} more` : told;
}

/** "3 failed, 2 unreachable", "4 cancelled", "37 never started". */
function notOk(counts: OutcomeCounts): (string | undefined)[] {
  const failures = FAILURES.filter((outcome) => counts[outcome] > 0);
  return [
    failures.length === 0 ? undefined : failures.map((kind) => `${counts[kind]} ${WORDS[kind]}`).join(", "),
    counts.cancelled > 0 ? `${counts.cancelled} cancelled` : undefined,
    neverStarted(counts),
  ];
}

function neverStarted(counts: OutcomeCounts): string | undefined {
  return counts.skipped > 0 ? `${counts.skipped} never started` : undefined;
}

export function hostsText(count: number): string {
  return count === 1 ? "1 host" : `${count} hosts`;
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join("; ");
}
