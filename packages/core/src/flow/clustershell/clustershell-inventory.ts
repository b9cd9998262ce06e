import type { LoadedInventory } from "../inventory/load-inventory.ts";
import type { PlanNote } from "../plan-note.ts";
import type { FlowProblem } from "../problem.ts";

/** A group of ClusterShell's, its groups named with their sources, and a problem with it where it is written. */
export interface FoundGroup {
  readonly expression: string;
  readonly problem: (message: string, hint?: string) => FlowProblem;
}

/** Groups by the names that expressions have for them: `group` of the default source, `source:group`, `*`, `source:*`. */
export function clusterShellInventory(
  file: string,
  groups: ReadonlyMap<string, FoundGroup>,
  notes: readonly PlanNote[],
): LoadedInventory {
  return {
    files: [file],
    inventory: {
      groups: Object.fromEntries([...groups].map(([name, { expression }]) => [name, expression])),
      hosts: {},
    },
    problemAt: ({ path: [, name = ""] }, message, hint) => {
      const found = groups.get(String(name));
      if (found === undefined) throw new Error(`bug: a problem with @${name}, which ${file} does not have`);
      return found.problem(`@${name}: ${message}`, hint);
    },
    notes,
  };
}
