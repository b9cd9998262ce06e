import { createHash, randomBytes, randomInt } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { runFunction, succeed, type RunEvent, type RunPlan } from "@roadrunner/core";
import type { GearmanClient } from "@roadrunner/core/gearman";
import type { JournalWriter } from "../journal/journal-writer.ts";
import { ControlRoom } from "./control-room.ts";
import { nonce } from "./run-id.ts";
import { RunLoop, type RunResult } from "./run-loop.ts";
import { ServerLoss } from "./server-loss.ts";
import { TaskTraffic } from "./task-traffic.ts";
import { StuckTasks } from "./stuck-tasks.ts";
import type { WorkerWatch } from "./worker-watch.ts";

export interface SubmitOptions {
  readonly run: string;
  readonly plan: RunPlan;
  readonly file: string;
  readonly version: string;
  readonly gearman: GearmanClient;
  /** Names of the job servers, for messages. */
  readonly serverNames: string;
  readonly watch: WorkerWatch;
  /** Whether the job server can say who serves what. */
  readonly canTell: boolean;
  readonly warnings: readonly string[];
  readonly maxInFlight: number;
  readonly keepOutputBytes: number;
  readonly serverTimeoutMs: number;
  readonly lostTimeoutMs: number;
  readonly live: boolean;
  /** Absent: the run is not recorded. */
  readonly journal?: JournalWriter;
  readonly show: (events: readonly RunEvent[]) => void;
  readonly askToConfirm: (text: string) => void;
}

/** A run that goes on: `ended` tells how it came out. */
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
  const seed = randomInt(2 ** 32);
  const control = new ControlRoom({ run, client, gearman, watch });
  const traffic = new TaskTraffic({
    plan,
    run,
    client,
    gearman,
    maxInFlight: options.maxInFlight,
    keepOutputBytes: options.keepOutputBytes,
    live: options.live,
    onNews: (news, report) => {
      if (news.type === "taskStarted" && news.worker !== undefined) control.workerSeen(news.worker);
      loop.news(news, report);
    },
    onOutput: (task, output) => loop.output(task, output),
    onWarning: (text) => loop.warn(text),
  });
  const loop = new RunLoop({
    plan,
    run,
    seed,
    onLost: "askAgain",
    lostTimeoutMs: options.lostTimeoutMs,
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
  const serverLoss = new ServerLoss(gearman, options.serverTimeoutMs, () =>
    loop.interrupt(
      `no job server answered for ${Math.round(options.serverTimeoutMs / 1000)} s (${options.serverNames})`,
    ),
  );
  const stuck = options.canTell
    ? new StuckTasks(traffic, watch, (reason) => loop.interrupt(reason))
    : undefined;
  const offUp = gearman.onState(() => traffic.pump());

  loop.begin(
    {
      type: "run.started",
      version: options.version,
      plan,
      digest: createHash("sha256").update(JSON.stringify(plan)).digest("hex"),
      file: options.file,
      who: userInfo().username,
      where: hostname(),
      seed,
    },
    options.warnings,
  );

  const ended = loop.ended.then((result) => {
    traffic.stop();
    serverLoss.stop();
    stuck?.stop();
    offUp();
    return result;
  });
  return {
    ended,
    stop: (how, reason) => loop.stop(how, reason),
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
