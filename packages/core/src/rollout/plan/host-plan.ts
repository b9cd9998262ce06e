import type { TransportName } from "../../work/transport.ts";

/** A host of a job, or one at which something of a job runs, and how it is reached. */
export interface HostPlan {
  readonly name: string;
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
  readonly pool?: string;
  readonly transport?: TransportName;
  /** Those that the job's spread and its stages ask about. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Merged as the precedence rules say, without the RR_ variables. */
  readonly env?: Readonly<Record<string, string>>;
}
