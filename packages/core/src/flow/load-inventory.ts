import type { Result } from "../errors.ts";
import { fail, succeed } from "../errors.ts";
import type { FlowProblem } from "./problem.ts";
import { readable } from "./rules/host-rules.ts";
import type { Fault } from "./rules/rule.ts";
import { variableFaults } from "./rules/value-rules.ts";
import { checkSchema } from "./schema/check-schema.ts";
import { HostEntry, Inventory } from "./schema/inventory-schema.ts";
import type { WrittenInventory } from "./schema/inventory-schema.ts";
import { salvage } from "./schema/salvage.ts";
import type { Salvaged } from "./schema/salvage.ts";
import { ansibleAt } from "./source/ansible.ts";
import { decodeSource } from "./source/source-text.ts";
import { findingAt, parseSource, problemMaker, tellProblems } from "./source/parse-source.ts";
import type { ProblemAt } from "./source/parse-source.ts";

/** An inventory file that can be understood as it stands. */
export interface LoadedInventory {
  readonly file: string;
  readonly inventory: WrittenInventory;
  readonly problemAt: ProblemAt;
}

const HOMES = {
  'in an entry of "hosts"': Object.keys(HostEntry.shape),
  "at the top of the inventory": Object.keys(Inventory.shape),
};

const AS_OURS =
  'write groups as in {"groups": {"web": "web[1-3]"}}, and ansible_host, ansible_port and ansible_user as "address", "port" and "user" of an entry in "hosts"';

/** Reads an inventory file, in the same formats as a flow. Every problem is told at once. */
export function loadInventory(
  text: Uint8Array | string,
  { file }: { readonly file: string },
): Result<LoadedInventory, readonly FlowProblem[]> {
  const read = parseSource(text, file);
  if (!read.ok) return fail(ansibleProblem(text, file) ?? read.error);
  const parsed = read.value;
  const { data, findings, wrong } = checkSchema(Inventory, parsed, HOMES);
  const left = salvage(parsed.value, wrong) as Salvaged<WrittenInventory> | undefined;
  const faults = faultsOf(left ?? {}).map(({ position, message, hint }) =>
    findingAt(parsed, position, message, hint),
  );
  const all = [...parsed.findings, ...findings, ...faults];
  if (data === undefined || all.length > 0)
    return fail(ansibleProblem(text, file) ?? tellProblems(parsed.source, all));
  return succeed({ file, inventory: data, problemAt: problemMaker(parsed) });
}

/** One problem in place of all that such a file would be reproached with. */
function ansibleProblem(text: Uint8Array | string, file: string): readonly FlowProblem[] | undefined {
  const decoded = decodeSource(text, file);
  const found = decoded.ok ? ansibleAt(decoded.value.text) : undefined;
  if (!decoded.ok || found === undefined) return undefined;
  const message = `this looks like an Ansible ${found.format} inventory, which is not read`;
  return [decoded.value.problemAt(found.offset, [], message, AS_OURS)];
}

function faultsOf({ groups = {}, hosts = {} }: Salvaged<WrittenInventory>): readonly Fault[] {
  return [
    ...Object.entries(groups).flatMap(([name, expression]) => readable(expression, ["groups", name])),
    ...Object.entries(hosts).flatMap(([key, entry]) => [
      ...readable(key, ["hosts", key], "key"),
      ...variableFaults(entry?.env ?? {}, ["hosts", key, "env"]),
    ]),
  ];
}
