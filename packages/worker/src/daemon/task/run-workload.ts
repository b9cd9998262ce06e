import { encodeAnswer, given, WIRE_VERSION, type OutcomeMessage, type Workload } from "@roadrunner/core";
import type { OwnedWorkload } from "../../authority/owner.ts";
import type { RemoteEnd, RemoteTask } from "../../program/remote-task.ts";
import { runOnHost } from "../../verdict/run-on-host.ts";
import type { Connect } from "../../visit/run-request.ts";
import type { TransportProblem } from "../../transport/lease.ts";
import { momentNow, passedBetween } from "../clocks.ts";
import { killTask, withdrawTask } from "./ask-host.ts";
import { capturedText } from "./output-text.ts";
import { liveOutput, sayStarted } from "./progress-lines.ts";
import { bare, type TaskJob, type TaskRoom } from "../task-room.ts";
import { workKey } from "./work-key.ts";
import { readCredentials, remoteTask, targetOf } from "./workload-task.ts";

const DEFAULT_START_WITHIN_MS = 120_000;
const FAIR_CONNECT_MS = 5000;

/** Connects, says *started*, runs, and turns the remote end into the one outcome. */
export async function runWorkload(
  room: TaskRoom,
  workload: OwnedWorkload,
  job: TaskJob,
): Promise<OutcomeMessage> {
  const { host } = workload;
  const credentials = await readCredentials(room, workload);
  if (!credentials.ok) return bare(room, host, { outcome: "refused", ...credentials.error });
  const running = room.running.begin(workload.task, finishesAlone(workload), workKey(workload));
  try {
    const target = targetOf(workload);
    const connect: Connect = (signal) => room.hosts.connect(target, signal);
    const task = remoteTask(room, workload, credentials.value);
    const settled = await settleLost(workload, task, connect);
    if (settled !== undefined) return outcomeOf(room, workload, 0, settled);
    const lease = await room.hosts.connect(target, running.signal);
    if (!lease.ok) {
      const heldBack = running.signal.aborted ? ofEarlier(workload, running.signal) : undefined;
      return heldBack === undefined
        ? unreached(room, workload, lease.error, running.signal)
        : await runWorkload(room, heldBack, job);
    }
    try {
      const live = liveOutput(workload, job);
      /** Whether the job server knows that it starts. */
      let known: Promise<boolean> | undefined;
      const end = await runOnHost({
        lease: lease.value,
        task,
        connect,
        signal: running.signal,
        log: room.log,
        prune: prunes(room, workload),
        beforeExec: async () => {
          const refusal = notNow(room, workload, job);
          if (refusal !== undefined) return refusal;
          if (workload.task === undefined) return undefined;
          const sent = sayStarted(room, workload, job);
          // Its answer comes while the host is asked for its hello.
          known = job.arrived();
          await sent;
          return undefined;
        },
        beforeBody: async () => {
          if (mayStart(workload) && (await known) === false) return UNHEARD;
          return notNow(room, workload, job);
        },
        onBegan: (place) => {
          if (!mattersWhenLost(workload)) return;
          room.begun.note(workKey(workload), place);
          void job.send(encodeAnswer({ type: "began", v: WIRE_VERSION, ...place }));
        },
        ...given({ lostTimeoutMs: workload.lostTimeoutMs }),
        ...(live === undefined ? {} : { onOutput: live.onOutput }),
      });
      await live?.end();
      const heldBack = ofEarlier(workload, running.signal);
      if (end.outcome === "skipped" && heldBack !== undefined) return await runWorkload(room, heldBack, job);
      return outcomeOf(room, workload, lease.value.connectMs, end);
    } finally {
      lease.value.release();
    }
  } finally {
    running.done();
  }
}

/**
 * A task that was asked for before and is now held back: what the earlier submission did, only the record can tell,
 * or the end of what runs. Undefined: there was none, or this asks for that already.
 */
function ofEarlier(workload: OwnedWorkload, signal: AbortSignal): OwnedWorkload | undefined {
  const { task } = workload;
  if (task?.again === undefined || (task.order ?? "run") !== "run") return undefined;
  return { ...workload, task: { ...task, order: signal.aborted ? "kill" : "withdraw" } };
}

/** A lost task that is not to start any more; undefined: run it, which of a `once` task waits for what runs. */
async function settleLost(
  workload: Workload,
  task: RemoteTask,
  connect: Connect,
): Promise<RemoteEnd | undefined> {
  switch (workload.task?.order) {
    case "withdraw":
      return withdrawTask(task, connect);
    case "kill":
      return killTask(task, connect);
    case "run":
    case undefined:
      return undefined;
  }
}

/**
 * A command whose start the job server was not told of must not run: the server gives the task to somebody else, who
 * may say of it that it never started. Nobody hears this answer, and it is not kept.
 */
const UNHEARD = {
  outcome: "skipped",
  reason: "its job server was lost before it was known to have read that it starts",
} as const;

/** Otherwise the host's record holds a start already, whose end is waited for, or is closed. */
function mayStart(workload: Workload): boolean {
  return (workload.task?.order ?? "run") === "run";
}

/** The last look before anything can start on the host. */
function notNow(
  room: TaskRoom,
  workload: Workload,
  job: TaskJob,
): { readonly outcome: "skipped" | "refused"; readonly reason: string } | undefined {
  if (!mayStart(workload)) return undefined;
  if (room.revocations.has(workload.task)) return { outcome: "skipped", reason: "revoked before it started" };
  const waited = passedBetween(job.grabbedAt, momentNow());
  const limitMs = workload.startWithinMs ?? DEFAULT_START_WITHIN_MS;
  if (waited.ms <= limitMs) return undefined;
  const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
  const slept =
    waited.suspendedMs === 0 ? "" : ` (${seconds(waited.suspendedMs)} of it its box was suspended)`;
  return {
    outcome: "refused",
    reason: `late: ${seconds(waited.ms)} since the worker took it${slept}, at most ${seconds(limitMs)} are allowed`,
  };
}

/** The first task of a day takes the host's old records away; only who leaves records takes some. */
function prunes(room: TaskRoom, { host, user, delivery, become }: Workload): boolean {
  if (delivery !== "once") return false;
  return room.pruneDays.isFirst({ host, login: user, become }, Date.now());
}

/** Whether a start tells something when the task is asked for again: of a record, or of a reboot. */
function mattersWhenLost({ task, delivery, reboot }: Workload): boolean {
  return task !== undefined && (delivery === "once" || reboot !== undefined);
}

/** A `once` command with a drainer on its host ends without us; the record tells the next who asks. */
function finishesAlone(workload: Workload): boolean {
  return workload.delivery === "once" && workload.onDisconnect !== "attached";
}

/** Nothing was asked of the host; a stop in the meantime is told as such. */
function unreached(
  room: TaskRoom,
  workload: Workload,
  problem: TransportProblem,
  signal: AbortSignal,
): OutcomeMessage {
  if (signal.aborted) {
    return bare(room, workload.host, { outcome: "skipped", reason: "stopped before it was connected" });
  }
  return bare(room, workload.host, {
    outcome: "unreachable",
    blame: problem.blame,
    reason: problem.message,
    ...(problem.noRetry ? { noRetry: true } : {}),
    ...(tooHasty(workload) ? { ofTask: true } : {}),
  });
}

/** Who gives a worker less time than name servers and full pools need cannot tell that it is not well. */
function tooHasty({ connectTimeoutMs }: Workload): boolean {
  return connectTimeoutMs !== undefined && connectTimeoutMs < FAIR_CONNECT_MS;
}

function outcomeOf(room: TaskRoom, workload: Workload, connectMs: number, end: RemoteEnd): OutcomeMessage {
  const stdout = capturedText(end.stdout);
  const stderr = capturedText(end.stderr);
  const omitted = { stdout: end.stdout.omittedBytes, stderr: end.stderr.omittedBytes };
  return {
    v: WIRE_VERSION,
    host: workload.host,
    outcome: end.outcome,
    ...given({
      exitCode: end.exitCode,
      signal: end.signal,
      reason: end.reason,
      blame: end.blame,
      noRetry: end.noRetry,
      notTaken: end.outcome === "refused" && end.noRecord !== undefined ? "unproved" : undefined,
      noRecord: end.noRecord,
      mayBeRunning: end.mayBeRunning,
      outputLost: end.outputLost,
      durationMs: end.durationMs === undefined ? undefined : Math.round(end.durationMs),
    }),
    worker: room.workerId,
    connectMs: Math.round(connectMs),
    stdout: stdout.data,
    stderr: stderr.data,
    ...(stdout.encoding === undefined && stderr.encoding === undefined
      ? {}
      : { encoding: given({ stdout: stdout.encoding, stderr: stderr.encoding }) }),
    ...(omitted.stdout + omitted.stderr > 0 ? { omittedBytes: omitted } : {}),
  };
}
