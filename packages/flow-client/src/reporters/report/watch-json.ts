import type { Evidence, GateAnswered, GateStanding, WaitStory, WatchStory } from "@roadrunner/engine/story";
import { questionText } from "../gates/gate-words.ts";

/** A job's gates with their last answers, and its waits for them and for people; nothing where it has none. */
export function watchJson(watch: WatchStory | undefined): object {
  if (watch === undefined) return {};
  const { gates, wait, past, sums, failed } = watch;
  return {
    gates: [...gates.values()].map((gate) => gateJson(gate, failed)),
    waits: {
      now: wait === undefined ? undefined : waitJson(wait),
      past: past.map(waitJson),
      sums,
    },
  };
}

function gateJson(
  { name, plan, counts, last, sinceMs }: GateStanding,
  failed: readonly Evidence[] = [],
): object {
  const evidence = failed.find(({ gate }) => gate === name);
  return {
    name,
    pool: plan.pool,
    asks: questionText(plan),
    everyMs: plan.everyMs,
    failures: plan.failures,
    counts,
    since: iso(sinceMs),
    last: last.map(answerJson),
    failed: evidence?.answers.map(answerJson),
  };
}

function answerJson({ atMs, ask, kind, text, value, worker }: GateAnswered): object {
  return { time: iso(atMs), ask, answer: kind, text, value, worker };
}

function waitJson({ kind, sinceMs, untilMs, endedMs, step, reason, evidence, goOn, by }: WaitStory): object {
  return {
    for: kind,
    step,
    since: iso(sinceMs),
    until: iso(untilMs),
    ended: iso(endedMs),
    durationMs: endedMs === undefined ? undefined : endedMs - sinceMs,
    reason,
    confirmed: goOn,
    by,
    evidence: evidence?.map(({ gate, answers }) => ({ gate, answers: answers.map(answerJson) })),
  };
}

function iso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
