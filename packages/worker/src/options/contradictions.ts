import type { WorkerOptions } from "./options.ts";

/** What options cannot mean together, for each what to do. */
export function contradictions(options: Pick<WorkerOptions, "transport" | "allow-local">): readonly string[] {
  return options.transport === "local" && options["allow-local"] === undefined
    ? [
        "--transport local runs every task on this worker's own box, where none is allowed: give --allow-local self or " +
          "become as well, or leave --transport out and let the inventory name it for hosts that are this box",
      ]
    : [];
}
