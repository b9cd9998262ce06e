import { createHash, randomBytes } from "node:crypto";
import {
  base32,
  encodeAnswer,
  given,
  keyOfDigest,
  recordId,
  WIRE_VERSION,
  type OutcomeMessage,
  type Workload,
} from "@roadrunner/core";
import type { RemoteEnd, RemoteTask } from "../remote/remote-task.ts";
import { runOnHost } from "../remote/run-on-host.ts";
import type { Connect } from "../remote/run-request.ts";
import type { SshProblem, SshTarget } from "../ssh/lease.ts";
import { killTask, withdrawTask } from "./ask-host.ts";
import { capturedText, LiveText } from "./output-text.ts";
import { bare, type TaskJob, type TaskRoom } from "./task-room.ts";
import { readPrivateFile, readSecret } from "./secrets.ts";

const DEFAULT_CONNECT_TIMEOUT_MS = 15_000;
const DEFAULT_START_WITHIN_MS = 120_000;
const KILL_GRACE_MS = 5000;

/** Connects, says *started*, runs, and turns the remote end into the one outcome. */
export async function runWorkload(room: TaskRoom, workload: Workload, job: TaskJob): Promise<OutcomeMessage> {
  const { host } = workload;
  const credentials = await readCredentials(room, workload);
  if (typeof credentials === "string")
    return bare(room, host, { outcome: "refused", blame: "worker", reason: credentials });
  const running = room.running.begin(workload.task, finishesAlone(workload), host);
  try {
    const target = targetOf(workload);
    const connect = () => room.hosts.connect(target);
    const task = remoteTask(room, workload, credentials);
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
          const sent = sayStarted(room, job);
          // Its answer comes while the host is asked for its hello.
          known = job.arrived();
          await sent;
          return undefined;
        },
        beforeBody: async () => {
          if (mayStart(workload) && (await known) === false) return UNHEARD;
          return notNow(room, workload, job);
        },
        onStarted: ({ bootId }) => {
          if (bootId === undefined || !mattersWhenLost(workload)) return;
          void job.send(encodeAnswer({ type: "began", v: WIRE_VERSION, bootId }));
        },
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
function ofEarlier(workload: Workload, signal: AbortSignal): Workload | undefined {
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
  const { monotonicMs, wallMs } = job.grabbedAt;
  const waitedMs = Math.max(performance.now() - monotonicMs, Date.now() - wallMs);
  const limitMs = workload.startWithinMs ?? DEFAULT_START_WITHIN_MS;
  if (waitedMs <= limitMs) return undefined;
  return {
    outcome: "refused",
    reason: `late: ${Math.round(waitedMs / 1000)} s since the worker took it, at most ${Math.round(limitMs / 1000)} s are allowed`,
  };
}

/** The first task of a day takes the host's old records away; only who leaves records takes some. */
function prunes(room: TaskRoom, { host, user, delivery, become }: Workload): boolean {
  if (delivery !== "once") return false;
  return room.pruneDays.isFirst({ host, login: user, become }, Date.now());
}

/** Whether the host's boot tells something when the task is asked for again: of a record, or of a reboot. */
function mattersWhenLost({ task, delivery, reboot }: Workload): boolean {
  return task !== undefined && (delivery === "once" || reboot !== undefined);
}

/** A `once` command with a drainer on its host ends without us; the record tells the next who asks. */
function finishesAlone(workload: Workload): boolean {
  return workload.delivery === "once" && workload.onDisconnect !== "attached";
}

/** Where and as whom the workload asks to be run. */
export function targetOf(workload: Workload): SshTarget {
  return {
    host: workload.host,
    connectTimeoutMs: workload.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    ...given({ address: workload.address, port: workload.port, user: workload.user }),
  };
}

type Credentials = Pick<RemoteTask, "secretEnv" | "sudoPassword">;

function remoteTask(room: TaskRoom, workload: Workload, credentials: Credentials): RemoteTask {
  const { task } = workload;
  const byHand = task === undefined;
  return {
    host: workload.host,
    nonce: base32(randomBytes(15)),
    attempt: task?.attempt ?? 1,
    env: {
      ...workload.env,
      RR_HOST: workload.host,
      ...(byHand ? {} : { RR_RUN: task.run, RR_JOB: task.job, RR_ATTEMPT: String(task.attempt) }),
    },
    ...credentials,
    shell: workload.shell ?? "/bin/sh",
    killGraceMs: KILL_GRACE_MS,
    connectTimeoutMs: workload.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    okCodes: workload.okCodes ?? [0],
    delivery: workload.delivery ?? "repeatable",
    onDisconnect: workload.onDisconnect ?? (workload.delivery === "once" ? "finish" : "attached"),
    maxOutputBytes: room.maxOutputBytes,
    ...given({
      command: workload.command,
      script: workload.script,
      cwd: workload.cwd,
      become: workload.become,
      timeoutMs: workload.timeoutMs,
      reboot: workload.reboot,
      askedBefore:
        task?.again === undefined
          ? undefined
          : { sinceMs: task.again.sinceMs, ...given({ bootId: task.again.bootId }) },
      recordDir: room.recordDir,
      recordKey: byHand
        ? undefined
        : keyOfDigest(
            createHash("sha256")
              .update(recordId({ ...task, host: workload.host }))
              .digest(),
          ),
    }),
  };
}

/** What the worker keeps for this task, read now; the error is why it cannot be had. */
async function readCredentials(room: TaskRoom, workload: Workload): Promise<Credentials | string> {
  const secretEnv: Record<string, { name: string; value: string }> = {};
  for (const [variable, name] of Object.entries(workload.secretEnv ?? {})) {
    const secret = await readSecret(room.secretsDir, name);
    if (!secret.ok) return secret.error;
    secretEnv[variable] = { name, value: secret.value };
  }
  if (workload.become === undefined || room.sudoPasswordFile === undefined) return { secretEnv };
  const password = await readPrivateFile(room.sudoPasswordFile, "the sudo password");
  return password.ok ? { secretEnv, sudoPassword: password.value } : password.error;
}

/** Says *started*; the promise tells when the next line may follow. */
export async function sayStarted(room: TaskRoom, job: TaskJob): Promise<void> {
  const line = encodeAnswer({
    type: "started",
    v: WIRE_VERSION,
    worker: room.workerId,
    places: room.places,
    version: room.version,
    reads: [WIRE_VERSION],
    ...(room.authority.requiresSignatures ? { clockMs: Date.now() } : {}),
  });
  await job.send(line);
}

/** Nothing was asked of the host; a stop in the meantime is told as such. */
function unreached(
  room: TaskRoom,
  workload: Workload,
  problem: SshProblem,
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
  });
}

/** Passes output on as it comes; a slow reader slows the command down, through the promise. */
function liveOutput(workload: Workload, job: TaskJob) {
  if (workload.live !== true) return undefined;
  const texts = { stdout: new LiveText(), stderr: new LiveText() };
  const send = async (stream: "stdout" | "stderr", text: ReturnType<LiveText["push"]>): Promise<void> => {
    if (text === undefined) return;
    await job.send(
      encodeAnswer({ type: "output", v: WIRE_VERSION, stream, data: text.data, encoding: text.encoding }),
    );
  };
  return {
    onOutput: async (stream: "stdout" | "stderr", chunk: Buffer) => {
      await send(stream, texts[stream].push(chunk));
    },
    end: async () => {
      await send("stdout", texts.stdout.end());
      await send("stderr", texts.stderr.end());
    },
  };
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
