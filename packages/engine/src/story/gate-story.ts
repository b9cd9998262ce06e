import { defined, type GatePlan, type RunEvent } from "@roadrunner/core";

type Answered = Extract<RunEvent, { type: "gate.answered" }>;
export type AnswerKind = Answered["answer"];

/** So many of the last answers of each gate are kept: a run may go on for days. */
export const LAST_ANSWERS = 5;
/** Of each answer's text; it comes from a server of others. */
const MOST_CHARACTERS = 1000;

/** One answer of a gate. Times are milliseconds of the client's clock. */
export interface GateAnswered {
  readonly atMs: number;
  readonly ask: number;
  readonly kind: AnswerKind;
  readonly text: string;
  readonly value?: number;
  readonly worker?: string;
}

/** A gate of a job, and what it has said. */
export interface GateStanding {
  readonly name: string;
  readonly plan: GatePlan;
  /** All answers, also those that are not kept. */
  readonly counts: Record<AnswerKind, number>;
  /** The last ones, oldest first. */
  readonly last: GateAnswered[];
  /** Since when it says what it said last. */
  sinceMs?: number;
  /** Fails with no pass between them, of those that count. */
  fails: number;
  /** When the ask went out that is not answered. */
  askedMs?: number;
  /** Answers since the job began to ask, or was gone on with. */
  answers: number;
}

export function newGate(plan: GatePlan): GateStanding {
  const counts = { pass: 0, fail: 0, inconclusive: 0 };
  return { name: plan.name, plan, counts, last: [], fails: 0, answers: 0 };
}

export function tellAnswer(gate: GateStanding, event: Answered, atMs: number): void {
  const { ask, answer: kind, value, worker } = event;
  if (gate.last.at(-1)?.kind !== kind) gate.sinceMs = atMs;
  delete gate.askedMs;
  gate.counts[kind] += 1;
  gate.answers += 1;
  if (kind === "pass") gate.fails = 0;
  if (kind === "fail") gate.fails += 1;
  gate.last.push({ atMs, ask, kind, text: cut(event.text), ...defined({ value, worker }) });
  if (gate.last.length > LAST_ANSWERS) gate.last.shift();
}

/** What it said before counts no more for what the job does. */
export function forgetAnswers(gate: GateStanding): void {
  gate.fails = 0;
  gate.answers = 0;
  delete gate.askedMs;
}

/** Since its last pass; all that are kept where there is none. */
export function answersSincePass({ last }: GateStanding): readonly GateAnswered[] {
  return last.slice(last.findLastIndex(({ kind }) => kind === "pass") + 1);
}

function cut(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS - 1)}…`;
}
