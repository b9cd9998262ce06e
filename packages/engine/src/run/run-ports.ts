import type { GateRef, RunEvent, TaskRef } from "@roadrunner/core";
import type { Written } from "./ports.ts";
import type { Asked } from "./questions.ts";

type JobOfRun = Pick<TaskRef, "phase" | "slot" | "job">;

/** The world as the loop acts on it. */
export interface RunPorts {
  request(task: TaskRef, order?: "run" | "withdraw"): void;
  /** What is asked for again of this job from now on is to be killed. */
  kill(job: JobOfRun & { readonly stages?: readonly number[] }): void;
  pump(): void;
  withdraw(job: JobOfRun & { readonly stages?: readonly number[] }): readonly TaskRef[];
  /** From here on nothing is submitted any more, and no gate asked. */
  hold(): void;
  /** Tasks that said they have started and have not ended. */
  running(): number;
  /** Tells every worker that nothing more of this job is to start, or that what runs of it is to be killed; with stages: of these. */
  tellWorkers(what: "revoke" | "kill", job: string, stages?: readonly string[]): void;
  /** Writes events of one decision into the journal; all of them are there before its actions are performed. */
  record(events: readonly RunEvent[]): Written;
  /** Shows events that were recorded. */
  show(events: readonly RunEvent[]): void;
  askGate(gate: GateRef, ask: number): void;
  askToConfirm(asked: Asked): void;
}
