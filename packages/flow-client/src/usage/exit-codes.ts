import type { RunResult } from "@roadrunner/engine";

/** What rr-submit's exit code says; printed by --help; docs/messages.md says what to do. */
export const EXIT = {
  succeeded: 0,
  failed: 1,
  /** Usage, or a fault in the flow, the inventory or an expression. */
  usage: 2,
  /** No server, no worker, the run was interrupted and can be gone on with. */
  infrastructure: 3,
  /** A bug of ours. */
  bug: 70,
  cancelled: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export function exitCodeOf(result: RunResult): ExitCode {
  if (result.kind === "interrupted") return EXIT.infrastructure;
  return EXIT[result.verdict];
}

export const EXIT_HELP =
  "Exit codes: 0 succeeded, 1 failed, 2 usage or flow error, 3 infrastructure (no server, no worker, interrupted), 130 cancelled, 70 a bug.";
