import type { TaskRef } from "@roadrunner/core";
import { SubmissionAnswers, type Submission } from "../answers/submission-answers.ts";
import { Unheard, type Owed } from "./unheard.ts";

/** A submission that has not ended. */
export interface InFlight extends Submission {
  readonly task: TaskRef;
  readonly answers: SubmissionAnswers;
  readonly unheard: Unheard;
  /** The job server has it. */
  taken: boolean;
}

export function inFlightOf(task: TaskRef, submission: Submission, owed: Owed): InFlight {
  const answers = new SubmissionAnswers(submission);
  return { task, ...submission, answers, unheard: new Unheard(owed), taken: false };
}

/** Those that are `ms` old or older. */
export function olderThan(ms: number, inFlight: Iterable<InFlight>): readonly InFlight[] {
  const before = performance.now() - ms;
  return [...inFlight].filter(({ submittedAtMs }) => submittedAtMs <= before);
}

export function countByFunction(
  some: readonly Pick<InFlight, "functionName">[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { functionName } of some) counts.set(functionName, (counts.get(functionName) ?? 0) + 1);
  return counts;
}
