import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import type { PlanNote } from "../plan-note.ts";
import type { FlowProblem } from "../problem.ts";
import { readable } from "../rules/host-rules.ts";
import type { Fault } from "../rules/rule.ts";
import { variableFaults } from "../rules/value-rules.ts";
import { checkSchema } from "../schema/check-schema.ts";
import { HostEntry, Inventory } from "../schema/inventory-schema.ts";
import type { WrittenInventory } from "../schema/inventory-schema.ts";
import { salvage } from "../schema/salvage.ts";
import type { Salvaged } from "../schema/salvage.ts";
import { ansibleAt, groupsConfAt } from "./foreign-formats.ts";
import { fromAnsible, isAnsibleJson } from "./ansible-groups.ts";
import { AnsibleLabels } from "./ansible-labels.ts";
import { few, unsoundNotes } from "./unsound.ts";
import type { Unsound } from "./unsound.ts";
import { WRITTEN_TWICE } from "../source/check-tree.ts";
import { decodeSource } from "../source/source-text.ts";
import { findingAt, parseSource, problemMaker, tellProblems } from "../source/parse-source.ts";
import type { ParsedSource, ProblemAt } from "../source/parse-source.ts";
import { quote } from "../source/visible.ts";

/** Inventories that can be understood as they stand. */
export interface LoadedInventory {
  /** Of one, or of those that were joined. */
  readonly files: readonly string[];
  readonly inventory: WrittenInventory;
  readonly problemAt: ProblemAt;
  readonly notes: readonly PlanNote[];
  /** Names of all variables of an inventory of Ansible, where some of them become labels. */
  readonly variables?: ReadonlySet<string>;
  /** Absent: nothing. */
  readonly unsound?: Unsound;
}

const HOMES = {
  'in an entry of "hosts"': Object.keys(HostEntry.shape),
  "at the top of the inventory": Object.keys(Inventory.shape),
};

const AS_JSON = "print it as JSON, which is read: ansible-inventory -i FILE --list > inventory.json";

const AS_GROUPS_CONF = "give it as it is, in place of --inventory: --groups-conf FILE";

/**
 * Reads an inventory file, in the same formats as a flow. Every problem is told at once.
 * @param labels variables of Ansible that become labels
 */
export function loadInventory(
  text: Uint8Array | string,
  { file, labels = [] }: { readonly file: string; readonly labels?: readonly string[] },
): Result<LoadedInventory, readonly FlowProblem[]> {
  const read = parseSource(text, file);
  if (!read.ok) return fail(foreignProblem(text, file) ?? read.error);
  const parsed = read.value;
  if (parsed.format === "JSON" && isAnsibleJson(parsed.value as object))
    return loadAnsible(parsed, file, labels);
  const { data, findings, wrong } = checkSchema(Inventory, parsed, HOMES);
  const left = salvage(parsed.value, wrong) as Salvaged<WrittenInventory> | undefined;
  const faults = faultsOf(left ?? {}).map(({ position, message, hint }) =>
    findingAt(parsed, position, message, hint),
  );
  const all = [...parsed.findings, ...findings, ...faults];
  if (data === undefined || all.length > 0)
    return fail(foreignProblem(text, file) ?? tellProblems(parsed.source, all));
  return succeed({ files: [file], inventory: data, problemAt: problemMaker(parsed), notes: [] });
}

/** As `ansible-inventory --list` prints it. */
function loadAnsible(
  parsed: ParsedSource,
  file: string,
  names: readonly string[],
): Result<LoadedInventory, readonly FlowProblem[]> {
  const labels = new AnsibleLabels(names);
  const value = parsed.value as Readonly<Record<string, unknown>>;
  const { inventory, faults, unnamed, unsoundGroups, unsoundHosts } = fromAnsible(value, labels);
  // Of a group that stands there twice one would be gone without a word.
  const twice = parsed.findings.filter(({ message }) => message === WRITTEN_TWICE);
  if (faults.length + twice.length > 0) {
    const findings = faults.map(({ position, message, hint }) => findingAt(parsed, position, message, hint));
    return fail(tellProblems(parsed.source, [...twice, ...findings]));
  }
  const problemAt = problemMaker(parsed);
  // A host's name is one problem, in however many groups it stands.
  const problems = new Map<Fault, FlowProblem>();
  const problemOf = (fault: Fault): FlowProblem => {
    const made = problems.get(fault) ?? problemAt(fault.position, fault.message, fault.hint);
    problems.set(fault, made);
    return made;
  };
  const made = (all: ReadonlyMap<string, readonly Fault[]>): Unsound["groups"] =>
    new Map([...all].map(([name, some]) => [name, some.map(problemOf)]));
  const unsound = { groups: made(unsoundGroups), hosts: made(unsoundHosts) };
  return succeed({
    files: [file],
    inventory,
    unsound,
    // Where it stands there, and not where it would in ours.
    problemAt: ({ path: [kind, name = "", ...more], ...position }, message, hint) =>
      problemAt(
        { ...position, path: kind === "groups" ? [name] : ["_meta", "hostvars", name, ...more] },
        message,
        hint,
      ),
    notes: [
      ...(unnamed.length === 0
        ? []
        : [{ kind: "inventory", warning: false, message: unusable(unnamed, file) } as const]),
      ...labels.notes(file),
      ...unsoundNotes(unsound),
    ],
    variables: labels.variables,
  });
}

function unusable(groups: readonly string[], file: string): string {
  return `groups of ${file} that no expression can name: ${few(groups.map(quote))}; a name has letters, digits, _ . and -`;
}

/** One problem in place of all that such a file would be reproached with. */
function foreignProblem(text: Uint8Array | string, file: string): readonly FlowProblem[] | undefined {
  const decoded = decodeSource(text, file);
  const conf = decoded.ok ? groupsConfAt(decoded.value.text) : undefined;
  if (decoded.ok && conf !== undefined)
    return [
      decoded.value.problemAt(conf, [], "this looks like a groups.conf of ClusterShell", AS_GROUPS_CONF),
    ];
  const found = decoded.ok ? ansibleAt(decoded.value.text) : undefined;
  if (!decoded.ok || found === undefined) return undefined;
  const message = `this looks like an Ansible ${found.format} inventory, which is not read as it is`;
  return [decoded.value.problemAt(found.offset, [], message, AS_JSON)];
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
