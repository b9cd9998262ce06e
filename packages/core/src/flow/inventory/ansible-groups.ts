import { expandHosts } from "../../hosts/expand/expand-hosts.ts";
import type { Fault } from "../rules/rule.ts";
import { GROUP_PATTERN } from "../schema/flow-schema.ts";
import type { WrittenInventory } from "../schema/inventory-schema.ts";
import { quote } from "../source/visible.ts";
import { at, entriesOf, isObject, META } from "./ansible-entries.ts";
import type { Vars, WrittenGroup } from "./ansible-entries.ts";
import type { AnsibleLabels } from "./ansible-labels.ts";

/** Whether a JSON object is what Ansible's inventories print, and not ours: ours has no other keys than its own. */
export function isAnsibleJson(value: object): boolean {
  const keys = Object.keys(value);
  if (keys.includes(META)) return true;
  if (keys.length === 0 || keys.some((key) => ["$schema", "groups"].includes(key))) return false;
  return Object.values(value as Vars).every(
    (group) =>
      Array.isArray(group) ||
      (isObject(group) &&
        (Object.keys(group).length === 0 || ["hosts", "children", "vars"].some((key) => key in group))),
  );
}

export interface FromAnsible {
  readonly inventory: WrittenInventory;
  readonly faults: readonly Fault[];
  /** Groups that cannot be named here. */
  readonly unnamed: readonly string[];
  /** Faults of a host's name, by each group that has it, and of what is known of a host. */
  readonly unsoundGroups: ReadonlyMap<string, readonly Fault[]>;
  readonly unsoundHosts: ReadonlyMap<string, readonly Fault[]>;
}

/**
 * Groups with all hosts of their children, and the address, port and user of each host. Variables of groups count as in
 * Ansible: a child's go before its parent's, of groups of one depth the last by name's, the host's own before all. A
 * group without hosts is none. Of other variables only those are taken that become labels.
 */
export function fromAnsible(value: Vars, labels: AnsibleLabels): FromAnsible {
  const faults: Fault[] = [];
  const written = new Map<string, WrittenGroup>();
  const names: HostNames = { good: new Set(), bad: new Map() };
  for (const [name, group] of Object.entries(value))
    if (name !== META) written.set(name, readGroup(name, group, { faults, names }));
  const members = new Map<string, ReadonlySet<string>>();
  for (const name of written.keys()) membersOf(name, { written, members, faults, above: [] });
  const all = new Set([...members.values()].flatMap((hosts) => [...hosts]));
  const named = [...new Map([["all", all], ...members])].filter(
    ([name, hosts]) => hosts.size > 0 && GROUP_PATTERN.test(name),
  );
  const badIn = (hosts: ReadonlySet<string>): readonly Fault[] =>
    names.bad.size === 0 ? [] : [...hosts].flatMap((host) => names.bad.get(host) ?? []);
  const unsoundHosts = new Map<string, Fault[]>();
  const hosts = new Set([...all].filter((host) => !names.bad.has(host)));
  const entries = entriesOf(hosts, { value, written, members, unsoundHosts, labels });
  return {
    inventory: {
      groups: Object.fromEntries(
        named
          .filter(([, ofGroup]) => badIn(ofGroup).length === 0)
          .map(([name, ofGroup]) => [name, [...ofGroup].join(",")]),
      ),
      hosts: Object.fromEntries(entries),
    },
    faults,
    unsoundGroups: new Map(
      named.map(([name, ofGroup]) => [name, badIn(ofGroup)] as const).filter(([, bad]) => bad.length > 0),
    ),
    unsoundHosts,
    unnamed: [...written.keys()].filter((name) => !GROUP_PATTERN.test(name)),
  };
}

function readGroup(
  name: string,
  group: unknown,
  { faults, names: known }: { readonly faults: Fault[]; readonly names: HostNames },
): WrittenGroup {
  const isList = Array.isArray(group);
  const { hosts, children, vars }: Vars = isList ? { hosts: group } : isObject(group) ? group : {};
  if (!isList && !isObject(group))
    faults.push(at([name], "a group must be a list of hosts, or hold hosts, children or vars"));
  const path = isList ? [name] : [name, "hosts"];
  const listed = names(hosts, path, faults);
  for (const [index, host] of listed.entries()) {
    if (known.good.has(host) || known.bad.has(host)) continue;
    const fault = hostFault(host);
    if (fault === undefined) known.good.add(host);
    else known.bad.set(host, at([...path, index], fault));
  }
  return {
    hosts: listed,
    children: names(children, [name, "children"], faults),
    vars: isObject(vars) ? vars : {},
  };
}

function names(list: unknown, path: readonly (string | number)[], faults: Fault[]): readonly string[] {
  if (list === undefined) return [];
  if (Array.isArray(list) && list.every((one) => typeof one === "string")) return list;
  faults.push(at(path, "must be a list of names"));
  return [];
}

/** Names of hosts, each looked at once: most stand in several groups. A bad one is told where it stands first. */
interface HostNames {
  readonly good: Set<string>;
  readonly bad: Map<string, Fault>;
}

function hostFault(name: string): string | undefined {
  const no = `${quote(name)} is no name of a host`;
  if (name.trim() === "") return `${no}: it is empty`;
  const expanded = /[,!&^@[\]]/.test(name) ? undefined : expandHosts(name);
  if (expanded?.ok === false) return `${no}: ${expanded.error.message}`;
  // Also one with a port.
  if (expanded?.value[0]?.name === name) return undefined;
  return `${no}: it would be read as a host expression`;
}

interface Walk {
  readonly written: ReadonlyMap<string, WrittenGroup>;
  readonly members: Map<string, ReadonlySet<string>>;
  readonly faults: Fault[];
  readonly above: readonly string[];
}

/** A group's own hosts, then those of its children. A child that is nowhere has none. */
function membersOf(name: string, walk: Walk): ReadonlySet<string> {
  const known = walk.members.get(name);
  if (known !== undefined) return known;
  const group = walk.written.get(name);
  if (group === undefined) return new Set();
  const begun = walk.above.indexOf(name);
  if (begun >= 0) {
    const circle = [...walk.above.slice(begun), name].map((one) => `@${one}`).join(" → ");
    walk.faults.push(at([walk.above.at(-1) ?? name, "children"], `the group contains itself: ${circle}`));
    return new Set();
  }
  const below = { ...walk, above: [...walk.above, name] };
  const hosts = new Set([...group.hosts, ...group.children.flatMap((child) => [...membersOf(child, below)])]);
  walk.members.set(name, hosts);
  return hosts;
}
