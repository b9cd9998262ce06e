import { poolOf } from "@roadrunner/core";

/** The command that gives a function its missing worker. */
export function startWorkerLine(server: string, functionName: string): string {
  const pool = poolOf(functionName);
  return `rr-worker --servers ${server}${pool === undefined ? "" : ` --pool ${pool}`}`;
}
