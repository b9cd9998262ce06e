import { advance } from "../../src/rollout/advance.ts";
import { createRollout } from "../../src/rollout/create-rollout.ts";
import type { RolloutAction, RolloutEvent, TaskEnd, TaskRef } from "../../src/rollout/machine-events.ts";
import type { RunPlan } from "../../src/rollout/plan/plan.ts";
import { dice, type Luck } from "./arbitraries.ts";
import type { RolloutOptions, RolloutState } from "../../src/rollout/state/state.ts";

/** One submission on its way through the simulated job server and workers. */
interface Submission {
  readonly task: TaskRef;
  readonly noStart: boolean;
  started: boolean;
  /** The client gave it up as lost; it may still answer. */
  lost: boolean;
}

export interface Turn {
  readonly event: RolloutEvent;
  readonly actions: readonly RolloutAction[];
}

export interface FleetOptions extends RolloutOptions {
  /** Workers that blame themselves may be met. */
  readonly blame: boolean;
  readonly stops: boolean;
}

/**
 * A small fleet that plays a whole run: workers start, end, lose, blame and mix up tasks as chance has it, until
 * chance has run out; then all that is asked of it goes well. Nothing in it knows the machine's rules.
 */
export function play(
  plan: RunPlan,
  luck: Luck,
  options: FleetOptions,
  watch: (turn: Turn, state: RolloutState) => void,
): { readonly turns: readonly Turn[]; readonly mode: RolloutState["mode"] } {
  let state = createRollout(plan, options);
  const turns: Turn[] = [];
  const out: Submission[] = [];
  /** By job; only of hosts at these stages. */
  const revoked = new Map<string, readonly number[] | undefined>();
  const killed = new Set<string>();
  let wakes: number[] = [];
  const questions: Extract<RolloutAction, { type: "askToConfirm" }>[] = [];
  const asks: Extract<RolloutAction, { type: "askGate" }>[] = [];
  let now = 1_000_000;
  let used = 0;

  const cast = dice(luck.seed);
  const lucky = (): boolean => used >= luck.throws;
  const chance = (below: number): number => (used++ < luck.throws ? cast() % below : 0);

  const send = (event: RolloutEvent): void => {
    const next = advance(state, event);
    state = next.state;
    const turn = { event, actions: next.actions };
    turns.push(turn);
    for (const action of next.actions) perform(action);
    watch(turn, state);
  };
  const perform = (action: RolloutAction): void => {
    if (action.type === "submit") {
      out.push({ task: action.task, noStart: action.noStart === true, started: false, lost: false });
    }
    if (action.type === "revoke") revoked.set(jobKey(action), action.stages);
    if (action.type === "kill") killed.add(jobKey(action));
    if (action.type === "wakeAt") wakes.push(action.at);
    if (action.type === "askToConfirm") questions.push(action);
    if (action.type === "askGate") asks.push(action);
  };
  const pass = (ms: number): void => {
    now += ms;
    wakes = wakes.filter((at) => at > now);
    send({ type: "timePassed", at: now });
  };
  const end = (submission: Submission, taskEnd: TaskEnd): void => {
    out.splice(out.indexOf(submission), 1);
    send({ type: "taskEnded", at: now, task: submission.task, end: { worker: worker(), ...taskEnd } });
  };
  const runsAlways = ({ phase, slot, job, stage }: TaskRef): boolean =>
    stage !== undefined && plan[phase][slot]?.jobs[job]?.stages?.[stage]?.always === true;
  const answered = ({ phase, slot, job, stage = -1 }: TaskRef): Pick<TaskEnd, "changed"> =>
    plan[phase][slot]?.jobs[job]?.stages?.[stage]?.asks === true ? { changed: chance(3) > 0 } : {};
  const worker = (): string => `w${1 + chance(3)}`;

  const answer = (submission: Submission): void => {
    const key = jobKey(submission.task);
    const isRevoked = revoked.has(key) && (revoked.get(key)?.includes(submission.task.stage ?? 0) ?? true);
    const withdrawn = (isRevoked || submission.noStart) && !submission.started;
    const isKilled = killed.has(key) && !runsAlways(submission.task);
    if (withdrawn && (lucky() || chance(4) > 0)) end(submission, { outcome: "skipped" });
    else if (isKilled && (lucky() || chance(4) > 0)) end(submission, { outcome: "cancelled" });
    else end(submission, trouble() ?? { outcome: "ok", ...answered(submission.task) });
  };
  const trouble = (): TaskEnd | undefined =>
    !lucky() && chance(100) < luck.trouble ? TROUBLE[chance(TROUBLE.length)] : undefined;
  const happen = (submission: Submission): void => {
    const what = lucky() ? 99 : chance(20);
    if (what < 5 && !submission.started) {
      submission.started = true;
      send({ type: "taskStarted", at: now, task: submission.task, worker: worker() });
    } else if (what === 5 && !submission.lost) {
      submission.lost = true;
      const answered = chance(2) === 0;
      send({ type: "taskLost", at: now, task: submission.task, reason: "gone", answered });
    } else if (what === 6 && options.blame && !submission.started) {
      end(submission, { outcome: "unreachable", blame: "worker", reason: "no identity" });
    } else answer(submission);
  };
  const answerGate = (ask: (typeof asks)[number]): void => {
    asks.splice(asks.indexOf(ask), 1);
    // Some are never answered: the machine does not wait for them for ever.
    if (!lucky() && chance(12) === 0) return;
    const kind = lucky() || chance(100) >= luck.trouble ? "pass" : chance(2) === 0 ? "fail" : "inconclusive";
    send({ type: "gateAnswered", at: now, gate: ask.gate, ask: ask.ask, answer: { kind, text: kind } });
  };
  const confirm = ({ phase, slot, job }: (typeof questions)[number]): void => {
    questions.shift();
    if (job === undefined) send({ type: "confirmed", at: now });
    else send({ type: "confirmed", at: now, phase, slot, job, ...(chance(4) === 1 ? { goOn: false } : {}) });
  };
  const stop = (): void => {
    send({ type: "stopRequested", at: now, how: chance(3) === 0 ? "kill" : "drain", reason: "SIGINT" });
  };

  send({ type: "begin", at: now });
  for (let steps = 0; steps < 20_000; steps++) {
    if (state.mode === "ended" || state.mode === "interrupted") return { turns, mode: state.mode };
    now += chance(3) * 400;
    const what = lucky() ? 99 : chance(40);
    const stale = turns[chance(turns.length)]?.event;
    const ask = asks[0];
    const question = questions[0];
    const submission = out[chance(Math.max(1, out.length))];
    if (what === 0 && options.stops) stop();
    else if (what === 1) pass(chance(100_000));
    else if (what <= 3 && stale !== undefined && stale.type !== "stopRequested") send({ ...stale, at: now });
    else if (ask !== undefined && (submission === undefined || chance(3) === 0)) answerGate(ask);
    else if (submission !== undefined) happen(submission);
    else if (question !== undefined) confirm(question);
    else if (wakes.length > 0) pass(Math.max(0, Math.min(...wakes) - now));
    else throw new Error("nobody has anything to do, and the run has not ended");
  }
  throw new Error("the run does not end");
}

const TROUBLE: readonly TaskEnd[] = [
  { outcome: "failed", blame: "host" },
  { outcome: "timedOut", blame: "host" },
  { outcome: "unreachable", blame: "host" },
  { outcome: "unreachable", blame: "host", noRetry: true },
  { outcome: "refused", blame: "submission" },
  { outcome: "unknown", blame: "host" },
  { outcome: "unknown", blame: "host", mayBeRunning: true },
  { outcome: "cancelled", blame: "submission" },
  { outcome: "skipped" },
];

export function jobKey(at: Pick<TaskRef, "phase" | "slot" | "job">): string {
  return `${at.phase}/${at.slot}/${at.job}`;
}
