import { killJob, stopJob } from "./jobs/job.ts";
import { enterSlot, proceedInSlot, skipSlots } from "./slots/slots.ts";
import { announce, type Turn } from "./state/state.ts";

/**
 * A stop request. `drain`: the running slot's jobs start nothing more, later slots are skipped, what runs
 * finishes, the finally slots run. `kill`: the same, and what runs is killed on its hosts. Finally slots run
 * on through a drain; a kill that comes while they run stops and kills them too. Said twice is said once.
 */
export function requestStop(turn: Turn, how: "drain" | "kill", reason: string): void {
  const { run } = turn;
  const inFinally = run.phase === "finally";
  if (how === "drain" && run.stop !== undefined) return;
  if (how === "kill" && run.stop?.how === "kill" && (!inFinally || run.finallyStopped)) return;
  run.stop = { how, reason: run.stop?.reason ?? reason };
  announce(turn, { type: "runStopping", how, reason });
  if (run.mode === "interrupted") {
    if (how === "kill") for (const job of run.jobs) killJob(turn, job);
    return;
  }
  if (inFinally && how === "kill") run.finallyStopped = true;
  if (run.mode === "confirming") {
    skipSlots(turn, reason); // a stop request is a no
    enterSlot(turn);
    return;
  }
  if (inFinally && how === "drain") return;
  for (const job of run.jobs) {
    stopJob(turn, job, "stopped");
    if (how === "kill") killJob(turn, job);
    proceedInSlot(turn, job);
  }
}
