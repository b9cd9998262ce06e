import { poolOf } from "@roadrunner/core";
import { formatServer, type ServerAddress } from "@roadrunner/core/gearman";

/** The command that gives a function its missing worker. */
export function startWorkerLine(server: ServerAddress, functionName: string): string {
  const pool = poolOf(functionName);
  const { functionPrefix } = server;
  return [
    `rr-worker --servers ${formatServer(server)}`,
    ...(functionPrefix === undefined ? [] : [`--function-prefix ${functionPrefix}`]),
    ...(pool === undefined ? [] : [`--pool ${pool}`]),
  ].join(" ");
}
