import { randomBytes, randomInt } from "node:crypto";
import {
  createRollout,
  defined,
  gateFunction,
  notConfirmed,
  poolsOf,
  runFunction,
  unreachable,
  type Outcome,
  type RunPlan,
} from "@roadrunner/core";
import type { GearmanClient, Priority } from "@roadrunner/core/gearman";
import type { PoolSeal } from "@roadrunner/core/signing";
import { GateAsks } from "../gates/gate-asks.ts";
import type { CarriedFor } from "../protect/carried-for.ts";
import { planDigest, type RunSigner } from "../protect/run-signer.ts";
import { Wrapping } from "../protect/wrapping.ts";
import type { Replayed } from "../resume/replay.ts";
import { nonce } from "../run-id.ts";
import { ControlSender } from "../server/control-sender.ts";
import type { WorkerWatch } from "../server/worker-watch.ts";
import { TakenOutputs } from "../traffic/taken-outputs.ts";
import type { Ownership } from "../protect/ownership.ts";
import { Tenure } from "../protect/tenure.ts";
import { TaskTraffic } from "../traffic/task-traffic.ts";
import { watchOver } from "../watch/watch-over.ts";
import { Inbox } from "./inbox.ts";
import type { Operator, RunJournal, RunResult, RunView } from "./ports.ts";
import { Questions, type Answer, type Asked, type ConfirmedElsewhere } from "./questions.ts";
import { RunLoop } from "./run-loop.ts";

export interface SubmitOptions {
  readonly run: string;
  readonly plan: RunPlan;
  /** Who carries it, and on which box. */
  readonly by: CarriedBy;
  /** A new run of this file, or one that goes on. */
  readonly from: NewRun | ResumedRun;
  readonly gearman: GearmanClient;
  /** Names of the job servers, for messages. */
  readonly serverNames: string;
  readonly watch: WorkerWatch;
  /** For how long no worker may say a word where the job server cannot tell who is there; absent: for ever. */
  readonly unheardMs?: number;
  readonly maxInFlight: number;
  /** Of the run's tasks among those of others; default: normal. */
  readonly priority?: Priority;
  readonly keepOutputBytes: number;
  readonly serverTimeoutMs: number;
  readonly lostTimeoutMs: number;
  /** Absent: nothing is signed. */
  readonly signer?: RunSigner;
  /** Of a run whose plan an operator has signed for whoever carries it; needs a signer. */
  readonly carriedFor?: CarriedFor;
  /** Absent: nothing is sealed. */
  readonly seal?: PoolSeal;
  /** Values of the plan's secret parameters, for what is sealed or stays in this process. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Where others may take the run over; call `renewed` as the lease is renewed. */
  readonly ownership?: Ownership;
  readonly journal: RunJournal;
  readonly view: RunView;
  readonly operator: Operator;
}

export interface CarriedBy {
  readonly version: string;
  readonly who: string;
  readonly where: string;
}

export interface NewRun {
  readonly kind: "new";
  readonly file: string;
  readonly fileDigest: string;
  readonly warnings: readonly string[];
}

export interface ResumedRun {
  readonly kind: "resumed";
  readonly replayed: Replayed;
  readonly retry?: readonly Outcome[];
  /** Who said yes to what it waits for; absent: nobody. */
  readonly confirmedBy?: string;
}

/** A run under way: `ended` tells how it came out. */
export interface SubmittedRun {
  readonly ended: Promise<RunResult>;
  stop(how: "drain" | "kill", reason: string): void;
  /**
   * Somebody elsewhere says yes or no to what it waits for; without a job to the only question that there is.
   * @param by who that is; absent: the one who carries it
   */
  confirm(job?: string, answer?: "yes" | "no", by?: string): ConfirmedElsewhere;
  /** The lease of its owner was renewed. */
  renewed(): void;
  /** Leaves the run open, without waiting for what runs. */
  abandon(reason: string): void;
}

/** Half of the time for which a lease is taken: by then it has been renewed. */
const WAITS_LONG_MS = 10_000;

const UNCONFIRMED = "it waits to be confirmed, and nobody is here to ask";

/**
 * Starts a run of the plan through a connected client. What its parts hear and find comes into one inbox; the loop
 * reads it, decides, and does what was decided through the parts.
 */
export function submitRun(options: SubmitOptions): SubmittedRun {
  const { plan, run, gearman, watch, from, signer, journal, view, operator } = options;
  const client = `c-${nonce(12, randomBytes)}`;
  const seed = randomInt(2 ** 32);
  const inbox = new Inbox();

  const wrapping = new Wrapping(signer, options.seal, options.carriedFor);
  const outputs = new TakenOutputs(plan);
  if (from.kind === "resumed") outputs.hear(from.replayed.withOutputs);
  const control = new ControlSender({ run, client, gearman, watch, wrapping });
  const tenure =
    options.ownership === undefined
      ? undefined
      : new Tenure({
          ownership: options.ownership,
          announce: (stamp) => control.announce(stamp),
          onMayStart: () => traffic.pump(),
        });
  const traffic = new TaskTraffic({
    plan,
    run,
    client,
    gearman,
    maxInFlight: options.maxInFlight,
    lostTimeoutMs: options.lostTimeoutMs,
    keepOutputBytes: options.keepOutputBytes,
    serverTimeoutMs: options.serverTimeoutMs,
    live: view.live,
    ...defined({ secrets: options.secrets, priority: options.priority }),
    wrapping,
    ...defined({ tenure }),
    outputs,
    onNews: inbox.news,
    onOutput: inbox.output,
    onWarning: inbox.warning,
    onRefused: inbox.cannotGoOn,
  });
  const gates = new GateAsks({
    plan,
    run,
    client,
    gearman,
    ...defined({ secrets: options.secrets, priority: options.priority }),
    wrapping,
    ...defined({ tenure }),
    onAnswer: inbox.gate,
    onWarning: inbox.warning,
  });
  const watches = watchOver({
    gearman,
    traffic,
    watch,
    serverNames: options.serverNames,
    serverTimeoutMs: options.serverTimeoutMs,
    unheardMs: options.unheardMs,
    onCannotGoOn: inbox.cannotGoOn,
    onNothingLeft: inbox.nothingLeft,
  });
  signer?.start(inbox.warning);
  const unwatch = options.carriedFor?.watch(inbox.warning);
  const offUp = gearman.onState(() => traffic.pump());

  const rollout = { seed, lostTimeoutMs: options.lostTimeoutMs };
  const loop = new RunLoop({
    plan,
    run,
    ...(from.kind === "new"
      ? { state: createRollout(plan, rollout) }
      : { state: from.replayed.state, notBefore: from.replayed.at }),
    ports: {
      request: (task, order) => traffic.request(task, order),
      kill: (job) => traffic.kill(job),
      pump: () => traffic.pump(),
      withdraw: (job) => traffic.withdraw(job),
      hold: () => {
        traffic.hold();
        gates.stop();
      },
      running: () => traffic.running(),
      tellWorkers: (what, job, stages) => control.tell(what, job, stages),
      record: (events) => {
        outputs.hear(events);
        questions.heard(events);
        for (const event of events) if (event.type === "run.stopping") watches.stopping(event.how);
        return journal.append(events);
      },
      show: (events) => view.show(events),
      askGate: (gate, ask) => gates.ask(gate, ask),
      askToConfirm: inbox.question,
    },
  });
  const stop = (how: "drain" | "kill", reason: string): void => {
    loop.stop(how, reason);
    watches.stopping(how);
  };

  const carrier = `${options.by.who}@${options.by.where}`;
  const questions = new Questions({
    plan,
    operator,
    onAnswer: (asked, answer, by = carrier) => takeAnswer(asked, answer, by, loop, stop),
    onWaits: ({ slot, slotName, text }) => {
      const name = slotName === undefined ? "" : ` (${slotName})`;
      inbox.warning(`slot ${slot}${name} waits for a yes: ${text}; say it: rr-submit confirm ${run}`);
    },
  });

  tenure?.begin();
  begin(loop, traffic, options, seed);
  inbox.open((message) => {
    switch (message.type) {
      case "news":
        if (message.news.type === "taskStarted" && message.news.worker !== undefined)
          control.workerSeen(message.news.worker);
        return loop.news(message.news, message.report);
      case "output":
        return loop.output(message.task, message.output);
      case "warning":
        return loop.warn(message.text);
      case "cannotGoOn":
        return loop.interrupt(message.reason);
      case "nothingLeft":
        return loop.abandon(message.reason);
      case "gate":
        return loop.gateAnswered(message.gate, message.ask, message.answer);
      case "question":
        return questions.ask(message.asked);
      default:
        return unreachable(message, "message");
    }
  });

  const ended = loop.ended.then((result) => {
    const unconfirmed = result.kind === "interrupted" && questions.isUnanswered;
    traffic.stop();
    gates.stop();
    questions.end();
    watches.end();
    control.close();
    signer?.stop();
    unwatch?.();
    offUp();
    return unconfirmed ? { ...result, unconfirmed } : result;
  });
  return {
    ended,
    stop,
    confirm: (job, answer, by) => questions.confirm(job, answer, by),
    renewed: () => tenure?.renewed(traffic.waitingLongerThan(WAITS_LONG_MS).size > 0),
    abandon: (reason) => loop.abandon(reason),
  };
}

function takeAnswer(
  asked: Asked,
  answer: Answer,
  by: string,
  loop: RunLoop,
  stop: (how: "drain", reason: string) => void,
): void {
  const { job, text } = asked;
  if (answer === "yes") loop.confirm({ ...asked, by });
  else if (answer === "no" && job !== undefined) loop.confirm({ ...asked, goOn: false, by });
  else if (answer === "nobody" && job === undefined) loop.interrupt(`${UNCONFIRMED}: ${text}`);
  else {
    if (answer !== "nobody") stop("drain", answer === "no" ? notConfirmed(by) : notConfirmed());
    // What runs in the end is not stopped by that, and holds still.
    if (job !== undefined) loop.nobodyConfirms();
  }
}

/** Tells the loop of the run's first event, new or resumed. */
function begin(loop: RunLoop, traffic: TaskTraffic, options: SubmitOptions, seed: number): void {
  const { plan, from, signer, carriedFor } = options;
  const by = { ...options.by, ...defined({ signedBy: carriedFor?.signedBy ?? signer?.signedBy }) };
  if (from.kind === "new") {
    const { file, fileDigest } = from;
    const digest = planDigest(plan);
    loop.begin({ type: "run.started", ...by, plan, digest, file, fileDigest, seed }, from.warnings);
    return;
  }
  const { replayed, retry, confirmedBy } = from;
  for (const task of replayed.open) {
    const asked = replayed.firstAsked(task);
    if (asked !== undefined) traffic.askedBefore(task, Date.now() - asked.atMs, asked.started);
  }
  loop.goOn({ type: "run.resumed", ...by, ...defined({ retry }) }, replayed, confirmedBy);
}

/** The Gearman functions that a plan needs. */
export function functionsOf(plan: RunPlan): readonly string[] {
  const names = new Set<string>();
  for (const { jobs } of [...plan.slots, ...plan.finally])
    for (const job of jobs) {
      for (const pool of poolsOf(job)) names.add(runFunction(pool));
      for (const { pool } of job.gates ?? []) names.add(gateFunction(pool));
    }
  return [...names];
}
