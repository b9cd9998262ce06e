import type { LoadedFlow } from "../load-flow.ts";
import type { Expressions } from "./expressions.ts";
import type { ParamVariables } from "./host-plans.ts";
import type { InventoryEntries } from "./inventory-entries.ts";
import type { Scripts } from "./script.ts";
import type { Selection } from "./selection.ts";

/** What a job is resolved with. */
export interface Surroundings {
  readonly flow: LoadedFlow;
  readonly params: ParamVariables;
  readonly expressions: Expressions;
  readonly entries: InventoryEntries;
  readonly selection: Selection;
  readonly scripts: Scripts;
  readonly random: () => number;
  /** Jobs of which others take outputs. */
  readonly taken: ReadonlySet<string>;
  /** Names of the hosts of each job before this one, whatever the selection; of jobs whose hosts are known. */
  readonly earlier: ReadonlyMap<string, ReadonlySet<string>>;
}
