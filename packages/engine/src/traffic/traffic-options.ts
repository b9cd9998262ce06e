import type { OutputMessage, RolloutEvent, RunPlan, TaskRef, TaskReport } from "@roadrunner/core";
import type { GearmanClient, Priority } from "@roadrunner/core/gearman";
import type { TakenOutputs } from "./taken-outputs.ts";
import type { Tenure } from "../protect/tenure.ts";
import type { Wrapping } from "../protect/wrapping.ts";

/** What came of a task, for the decision machine; `at` is added by the run loop. */
export type TaskNews =
  | Omit<Extract<RolloutEvent, { type: "taskStarted" }>, "at">
  | Omit<Extract<RolloutEvent, { type: "taskLost" }>, "at">
  | Omit<Extract<RolloutEvent, { type: "taskEnded" }>, "at">;

export interface TrafficOptions {
  readonly plan: RunPlan;
  readonly run: string;
  readonly client: string;
  readonly gearman: GearmanClient;
  readonly maxInFlight: number;
  /** For how long a job server that has nothing of the run may refuse all of it. */
  readonly serverTimeoutMs: number;
  readonly lostTimeoutMs: number;
  /** Bytes of each stream that stay in the run events. */
  readonly keepOutputBytes: number;
  readonly live: boolean;
  /** Of its tasks among those of others at the job server. */
  readonly priority?: Priority;
  /** Values of the flow's secret parameters: they go into what is sent, and nowhere else. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly wrapping: Wrapping;
  /** Of a run that others may take over. */
  readonly tenure?: Pick<Tenure, "mayStart" | "mayAsk" | "stamp" | "workerAhead">;
  readonly outputs: Pick<TakenOutputs, "variablesOf">;
  onNews(news: TaskNews, report?: TaskReport): void;
  onOutput(task: TaskRef, output: OutputMessage): void;
  onWarning(text: string): void;
  /** The job server refuses all for too long. */
  onRefused(reason: string): void;
}
