import { randomBytes, randomInt } from "node:crypto";
import { hostname, userInfo } from "node:os";
import {
  createRollout,
  given,
  runFunction,
  succeed,
  type Outcome,
  type RunEvent,
  type RunPlan,
} from "@roadrunner/core";
import type { GearmanClient } from "@roadrunner/core/gearman";
import type { PoolSeal } from "@roadrunner/core/signing";
import type { JournalWriter } from "../journal/journal-writer.ts";
import type { Replayed } from "../resume/replay.ts";
import { ControlRoom } from "../server/control-room.ts";
import { nonce } from "../run-id.ts";
import { RunLoop, type RunResult } from "./run-loop.ts";
import { planDigest, type RunSigner } from "../protect/run-signer.ts";
import { ServerLoss } from "../watch/server-loss.ts";
import { TaskTraffic } from "../traffic/task-traffic.ts";
import { StopWatch } from "../watch/stop-watch.ts";
import { StuckTasks } from "../watch/stuck-tasks.ts";
import { Wrapping } from "../protect/wrapping.ts";
import type { WorkerWatch } from "../server/worker-watch.ts";

export interface SubmitOptions {
  readonly run: string;
  readonly plan: RunPlan;
  readonly version: string;
  /** A new run of this file, or one that goes on. */
  readonly from: NewRun | ResumedRun;
  readonly gearman: GearmanClient;
  /** Names of the job servers, for messages. */
  readonly serverNames: string;
  readonly watch: WorkerWatch;
  /** For how long no worker may say a word where the job server cannot tell who is there; absent: for ever. */
  readonly unheardMs?: number;
  readonly maxInFlight: number;
  readonly keepOutputBytes: number;
  readonly serverTimeoutMs: number;
  readonly lostTimeoutMs: number;
  readonly live: boolean;
  /** Absent: nothing is signed. */
  readonly signer?: RunSigner;
  /** Absent: nothing is sealed. */
  readonly seal?: PoolSeal;
  /** Absent: the run is not recorded. */
  readonly journal?: JournalWriter;
  readonly show: (events: readonly RunEvent[]) => void;
  readonly askToConfirm: (text: string) => void;
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
  /** The question before the next slot is answered. */
  readonly confirmed: boolean;
}

/** A run under way: `ended` tells how it came out. */
export interface SubmittedRun {
  readonly ended: Promise<RunResult>;
  stop(how: "drain" | "kill", reason: string): void;
  /** Yes to `askToConfirm`. */
  confirm(): void;
  interrupt(reason: string): void;
  /** As interrupt, without waiting for what runs. */
  abandon(reason: string): void;
}

/** Starts a run of the plan through a connected client. */
export function submitRun(options: SubmitOptions): SubmittedRun {
  const { plan, run, gearman, watch } = options;
  const client = `c-${nonce(12, randomBytes)}`;
  const { from } = options;
  const seed = randomInt(2 ** 32);
  const rollout = { seed, onLost: "askAgain", lostTimeoutMs: options.lostTimeoutMs } as const;
  const { signer } = options;
  const wrapping = new Wrapping(signer, options.seal);
  const control = new ControlRoom({ run, client, gearman, watch, wrapping });
  const traffic = new TaskTraffic({
    plan,
    run,
    client,
    gearman,
    maxInFlight: options.maxInFlight,
    lostTimeoutMs: options.lostTimeoutMs,
    keepOutputBytes: options.keepOutputBytes,
    serverTimeoutMs: options.serverTimeoutMs,
    live: options.live,
    wrapping,
    onNews: (news, report) => {
      if (news.type === "taskStarted" && news.worker !== undefined) control.workerSeen(news.worker);
      loop.news(news, report);
    },
    onOutput: (task, output) => loop.output(task, output),
    onWarning: (text) => loop.warn(text),
    onRefused: (reason) => loop.interrupt(reason),
  });
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
      hold: () => traffic.hold(),
      running: () => traffic.running(),
      tellWorkers: (what, jobs) => control.tell(what, jobs),
      record: (events) => options.journal?.append(events) ?? succeed(undefined),
      show: options.show,
      askToConfirm: options.askToConfirm,
    },
  });
  const serverLoss = new ServerLoss({
    gearman,
    serverNames: options.serverNames,
    timeoutMs: options.serverTimeoutMs,
    onLoss: (reason) => loop.interrupt(reason),
  });
  const { unheardMs } = options;
  const stuck =
    unheardMs === undefined
      ? undefined
      : new StuckTasks({ traffic, watch, unheardMs, onStuck: (reason) => loop.interrupt(reason) });
  const stopping = new StopWatch({ traffic, watch, onNothing: (reason) => loop.abandon(reason) });
  signer?.start((text) => loop.warn(text));
  const offUp = gearman.onState(() => traffic.pump());

  const by = { version: options.version, who: userInfo().username, where: hostname() };
  if (from.kind === "new") {
    const digest = planDigest(plan);
    const { file, fileDigest } = from;
    loop.begin({ type: "run.started", ...by, plan, digest, file, fileDigest, seed }, from.warnings);
  } else {
    for (const task of from.replayed.open) {
      const asked = from.replayed.firstAsked(task);
      if (asked !== undefined) traffic.askedBefore(task, Date.now() - asked.atMs, asked.started);
    }
    loop.goOn({ type: "run.resumed", ...by, ...given({ retry: from.retry }) }, from.replayed, from.confirmed);
  }

  const ended = loop.ended.then((result) => {
    traffic.stop();
    serverLoss.stop();
    stuck?.stop();
    stopping.end();
    control.close();
    signer?.stop();
    offUp();
    return result;
  });
  return {
    ended,
    stop: (how, reason) => {
      loop.stop(how, reason);
      stopping.begin();
    },
    confirm: () => loop.confirm(),
    interrupt: (reason) => loop.interrupt(reason),
    abandon: (reason) => loop.abandon(reason),
  };
}

/** The Gearman functions that a plan needs. */
export function functionsOf(plan: RunPlan): readonly string[] {
  const names = new Set<string>();
  for (const slot of [...plan.slots, ...plan.finally]) {
    for (const job of slot.jobs) for (const host of job.hosts) names.add(runFunction(host.pool));
  }
  return [...names];
}
