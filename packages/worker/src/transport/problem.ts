import type { TransportProblem, TransportReason } from "./transport.ts";
import { oneLine } from "./said-text.ts";

const WORKERS_FAULT: ReadonlySet<TransportReason> = new Set(["local"]);
const ENDS_ALIKE: ReadonlySet<TransportReason> = new Set(["config", "name", "hostKey", "authentication"]);

/** Ours list keys and files; of what a server says in them it cannot make them longer than this. */
const MAX_MESSAGE = 4000;

/** A problem with the usual blame of its reason; `change` says where this one differs. */
export function problem(
  reason: TransportReason,
  message: string,
  change: Partial<Pick<TransportProblem, "blame" | "noRetry" | "unless">> = {},
): TransportProblem {
  return {
    reason,
    message: oneLine(message, MAX_MESSAGE),
    blame: WORKERS_FAULT.has(reason) ? "worker" : "host",
    noRetry: ENDS_ALIKE.has(reason),
    ...change,
  };
}

/** What an error says, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A time for people, such as "15 s" or "0.5 s". */
export function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
