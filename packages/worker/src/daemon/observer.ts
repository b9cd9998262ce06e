import type { GateReading, OutcomeMessage } from "@roadrunner/core";
import type { WorkerLinkState } from "@roadrunner/core/gearman";

/** What a worker tells whoever counts; each is called as it happens and must not throw. */
export interface WorkerObserver {
  /** `totalMs`: from the grab to the answer, by the worker's monotonic clock. */
  taskEnded(outcome: OutcomeMessage, totalMs: number): void;
  /** A task that came again was answered with the answer that was kept for it; it did not run again. */
  keptAnswerGiven(): void;
  /** The job server was gone before the answer could be sent. */
  answerUndelivered(): void;
  /** What came of an ask of a gate; `exit`: its check ended on its host. */
  gateAsked(result: GateReading["kind"]): void;
  linkChanged(change: WorkerLinkState): void;
}

/** For workers that nobody watches. */
export const noObserver: WorkerObserver = {
  taskEnded: () => undefined,
  keptAnswerGiven: () => undefined,
  answerUndelivered: () => undefined,
  gateAsked: () => undefined,
  linkChanged: () => undefined,
};
