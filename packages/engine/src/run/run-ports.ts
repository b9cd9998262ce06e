import type { RunEvent, TaskRef } from "@roadrunner/core";
import type { Written } from "./ports.ts";

/** The world as the loop acts on it. */
export interface RunPorts {
  request(task: TaskRef, order?: "run" | "withdraw"): void;
  /** What is asked for again of this job from now on is to be killed. */
  kill(job: Pick<TaskRef, "phase" | "slot" | "job">): void;
  pump(): void;
  withdraw(job: Pick<TaskRef, "phase" | "slot" | "job">): readonly TaskRef[];
  /** From here on nothing is submitted any more. */
  hold(): void;
  /** Tasks that said they have started and have not ended. */
  running(): number;
  /** Tells every worker that nothing more of these jobs is to start, or that what runs of them is to be killed. */
  tellWorkers(what: "revoke" | "kill", jobs: readonly string[]): void;
  /** Writes events of one decision into the journal; all of them are there before its actions are performed. */
  record(events: readonly RunEvent[]): Written;
  /** Shows events that were recorded. */
  show(events: readonly RunEvent[]): void;
  askToConfirm(text: string): void;
}
