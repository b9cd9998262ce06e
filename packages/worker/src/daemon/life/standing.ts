import type { WorkerLinkState } from "@roadrunner/core/gearman";
import type { TransportStats } from "../../transport/transport.ts";
import type { LifeState } from "./lifecycle.ts";

/** How a worker stands at this moment. */
export interface WorkerStanding {
  readonly id: string;
  readonly version: string;
  /** Absent: the default function. */
  readonly pools: readonly string[] | undefined;
  readonly life: LifeState;
  /** Why it stopped grabbing by itself; absent while it does not blame itself. */
  readonly ownFault: string | undefined;
  readonly running: number;
  /** Questions and checks of gates that are asked now, on places of their own. */
  readonly gatesAsked: number;
  readonly places: number;
  /** One for each job server. */
  readonly links: readonly WorkerLinkState[];
  readonly ssh: TransportStats;
  /** Answers that wait for their task to come again. */
  readonly keptAnswers: number;
}
