import type { JobWork } from "../../work/work.ts";
import type { HostPlan } from "./host-plan.ts";

/** A question about the site, asked while a job runs. It asks exactly one of `prometheus`, `http` and `check`. */
export interface GatePlan {
  readonly name: string;
  /** Workers of this pool ask it; absent: those without a pool. */
  readonly pool?: string;
  /** From one ask to the next. */
  readonly everyMs: number;
  /** So many fails, with no pass between them, and the gate has failed. */
  readonly failures: number;
  /** For one ask, from the moment at which a worker has it. */
  readonly timeoutMs: number;
  readonly prometheus?: PrometheusGate;
  readonly http?: HttpGate;
  readonly check?: CheckGate;
}

/** Passes while the query's one value is within the bounds that are given. */
export interface PrometheusGate {
  /** Of the server, without `/api/v1/query`. */
  readonly url: string;
  readonly query: string;
  readonly max?: number;
  readonly min?: number;
  /** The file in the worker's secrets folder whose text is the bearer token. */
  readonly token?: string;
}

/** Passes while the address answers with this status. */
export interface HttpGate {
  readonly url: string;
  readonly status: number;
  readonly token?: string;
}

/** Passes while the command ends ok on that host. */
export interface CheckGate {
  readonly host: HostPlan;
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly work: JobWork;
}
