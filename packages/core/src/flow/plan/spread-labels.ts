import { foldHosts } from "../../hosts/fold/fold-hosts.ts";
import type { Host } from "../../hosts/host.ts";
import { labelOf } from "../inventory/host-entries.ts";
import type { LoadedFlow } from "../load-flow.ts";
import type { FlowProblem } from "../problem.ts";
import { effective } from "../schema/flow-file.ts";
import type { LocatedJob } from "../schema/flow-file.ts";
import { suggest } from "../schema/suggest.ts";
import type { Position } from "../source/syntax-tree.ts";
import { quote } from "../source/visible.ts";
import type { InventoryEntries } from "./inventory-entries.ts";
import type { Settings } from "./settings.ts";

/** Hosts that lack a label of the job's `spread`: nobody could say with whom they go down together. */
export function withoutLabel(
  located: LocatedJob,
  settings: Settings,
  hosts: readonly Host[],
  { flow, entries }: { readonly flow: LoadedFlow; readonly entries: InventoryEntries },
): readonly FlowProblem[] {
  const { path } = effective(flow.flow, located, "spread");
  return Object.keys(settings.spread ?? {}).flatMap((label) =>
    lacking(label, { path: [...path, label], at: "key" }, located, hosts, { flow, entries }),
  );
}

/** The problem that hosts of a job have no label of this name. */
export function lacking(
  label: string,
  position: Position,
  located: LocatedJob,
  hosts: readonly Host[],
  { flow, entries }: { readonly flow: LoadedFlow; readonly entries: InventoryEntries },
): readonly FlowProblem[] {
  const without = hosts.filter(({ name }) => labelOf(entries.get(name), label) === undefined);
  if (without.length === 0) return [];
  const names = without.map(({ name }) => name);
  const known = new Set(hosts.flatMap(({ name }) => Object.keys(entries.get(name)?.labels ?? {})));
  const near = names.length < hosts.length ? undefined : suggest(label, [...known]);
  const hint =
    near === undefined
      ? 'an inventory says it: hosts: { "fe[1-9]": { labels: { NAME: VALUE } } }'
      : `did you mean ${near}?`;
  const message = `${names.length} of the ${hosts.length} hosts of job ${quote(located.name)} have no label ${quote(label)}: ${foldHosts(names)}`;
  return [flow.problemAt(position, message, hint)];
}
