import type { Path } from "../problem.ts";
import type { Salvaged } from "../schema/salvage.ts";
import type { WrittenFlow } from "../schema/flow-schema.ts";
import type { Position } from "../source/syntax-tree.ts";

/** What a rule finds wrong. */
export interface Fault {
  readonly position: Position;
  readonly message: string;
  readonly hint?: string;
}

/**
 * A rule over several fields of a flow. It sees what the schema left of it, so any field may be missing;
 * `refused` tells a missing field from one that was there and wrong.
 */
export type Rule = (flow: Salvaged<WrittenFlow>, refused: (path: Path) => boolean) => readonly Fault[];
