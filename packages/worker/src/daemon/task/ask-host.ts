import { verdictOfAnswer } from "../../verdict/record-verdict.ts";
import { pidText } from "../../visit/stop.ts";
import { killOnHost, withdraw, type KillEnd } from "../../visit/kill-on-host.ts";
import { digestOf } from "../../program/record.ts";
import type { RemoteEnd, RemoteTask } from "../../program/remote-task.ts";
import type { Connect } from "../../visit/run-request.ts";
import { NOTHING_CAPTURED } from "../../visit/capture.ts";

type Told = Omit<RemoteEnd, "stdout" | "stderr">;

/**
 * A lost task that must not start any more: its record tells how it ended, or is closed so that nobody starts it
 * later. Undefined: it runs, so that whoever asks has to wait for it as for one of his own.
 */
export async function withdrawTask(task: RemoteTask, connect: Connect): Promise<RemoteEnd | undefined> {
  if (task.delivery !== "once") {
    return told({
      outcome: "unknown",
      blame: "worker",
      mayBeRunning: true,
      reason: "it was lost, and a repeatable task has no record to tell how it ended",
    });
  }
  const answer = await withdraw(task, connect);
  if (!answer.ok) return told(couldStart(`it was lost, and its host could not be asked: ${answer.error}`));
  if (answer.value.kind === "running") return undefined;
  return told(verdictOfAnswer(answer.value, task, task.askedBefore?.began));
}

/** Ends a lost task on its host, whoever started it. */
export async function killTask(task: RemoteTask, connect: Connect): Promise<RemoteEnd> {
  if (task.delivery !== "once") {
    return told({
      outcome: "unknown",
      blame: "worker",
      mayBeRunning: true,
      reason: "it was lost, and a repeatable task has no record by which it could be killed",
    });
  }
  return told(
    afterKill(await killOnHost(task, { cause: "cancelled", digest: digestOf(task) }, connect), task),
  );
}

function afterKill(kill: KillEnd, task: RemoteTask): Told {
  switch (kill.kind) {
    case "killed":
    case "gone":
      return {
        outcome: "cancelled",
        blame: "submission",
        reason: "killed by a stop or the job's deadline",
        outputLost: true,
      };
    case "left":
      return {
        outcome: "unknown",
        blame: "host",
        mayBeRunning: true,
        reason: `killed, but still running: process ${pidText(kill.pids)}`,
      };
    case "failed":
      return couldStart(`it was lost, and could not be killed: ${kill.reason}`);
    default:
      return verdictOfAnswer(kill, task, task.askedBefore?.began);
  }
}

function couldStart(reason: string): Told {
  return { outcome: "unknown", blame: "host", mayBeRunning: true, reason };
}

function told(end: Told): RemoteEnd {
  return { ...end, stdout: NOTHING_CAPTURED, stderr: NOTHING_CAPTURED };
}
