import type { ChildProcess } from "node:child_process";
import { fail, succeed, type Result } from "@roadrunner/core";
import type { TransportProblem } from "../../transport/transport.ts";
import { problem } from "../../transport/problem.ts";
import { boxFault } from "../../transport/box-fault.ts";

/**
 * Starts a program of this worker's box. At the box's limits spawn throws, or gives a child that has no streams: here
 * that is a problem like any other. `what` cannot be done then, such as `cannot start ssh for db1`.
 */
export async function startProgram<T extends ChildProcess>(
  what: string,
  spawned: () => T,
): Promise<Result<T, TransportProblem>> {
  try {
    const child = spawned();
    child.on("error", () => {});
    if (child.pid === undefined) {
      const error = await new Promise<Error>((resolve) => child.once("error", resolve));
      return fail(problem("local", `${what}: ${boxFault(error)}`));
    }
    for (const stream of child.stdio) stream?.on("error", () => {});
    return succeed(child);
  } catch (error) {
    return fail(problem("local", `${what}: ${boxFault(error)}`));
  }
}
