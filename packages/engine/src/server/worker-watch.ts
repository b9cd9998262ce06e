import { CONTROL_PREFIX, fail, succeed, type Result } from "@roadrunner/core";
import { adminStatus, type FunctionStatus, type ServerAddress } from "@roadrunner/core/gearman";

const ADMIN_TIMEOUT_MS = 2000;
const ASK_EVERY_MS = 500;

/** What the job server's admin protocol says of one function. */
export type Served = "served" | "notServed" | "cannotTell";

/** Asks the job server who serves what. A server without an admin protocol gives "cannot tell". */
export class WorkerWatch {
  readonly #server: () => ServerAddress | undefined;

  /** `server` tells which one the client uses now. */
  constructor(server: () => ServerAddress | undefined) {
    this.#server = server;
  }

  async served(functionNames: readonly string[]): Promise<ReadonlyMap<string, Served>> {
    const status = await this.#status();
    return new Map(
      functionNames.map((name) => {
        if (status === undefined) return [name, "cannotTell"];
        return [name, workersFor(status, name) > 0 ? "served" : "notServed"];
      }),
    );
  }

  /**
   * Waits until each function has a worker. The error names the functions that have none after `waitMs`; the
   * value tells whether the server could say.
   */
  async waitForAll(
    functionNames: readonly string[],
    waitMs: number,
  ): Promise<Result<"served" | "cannotTell", readonly string[]>> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const served = await this.served(functionNames);
      const states = [...served.values()];
      if (states.every((state) => state === "served")) return succeed("served");
      if (states.includes("cannotTell")) return succeed("cannotTell");
      if (performance.now() >= deadline) {
        return fail(functionNames.filter((name) => served.get(name) === "notServed"));
      }
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
  }

  /** Whether the server says that tasks of these functions run, whosever they are. */
  async runs(functionNames: readonly string[]): Promise<boolean> {
    const status = await this.#status();
    return (status ?? []).some((row) => functionNames.includes(row.name) && row.running > 0);
  }

  /** The control functions of the workers that are there now. */
  async controlFunctions(): Promise<readonly string[]> {
    const status = await this.#status();
    return (status ?? [])
      .filter((row) => row.name.startsWith(CONTROL_PREFIX) && row.workers > 0)
      .map((row) => row.name);
  }

  async #status(): Promise<readonly FunctionStatus[] | undefined> {
    const server = this.#server();
    if (server === undefined) return undefined;
    const answer = await adminStatus(server, { timeoutMs: ADMIN_TIMEOUT_MS });
    return answer.ok ? answer.value : undefined;
  }
}

/** How many workers serve a function. A name with a newline in it can look like a row of ours, before or behind it. */
export function workersFor(status: readonly FunctionStatus[], name: string): number {
  return Math.max(0, ...status.filter((row) => row.name === name).map((row) => row.workers));
}
