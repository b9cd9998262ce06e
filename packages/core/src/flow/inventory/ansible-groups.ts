import { expandHosts } from "../../hosts/expand/expand-hosts.ts";
import type { Fault } from "../rules/rule.ts";
import { defined } from "../../optional-fields.ts";
import { GROUP_PATTERN } from "../schema/flow-schema.ts";
import { HostEntry, type WrittenInventory } from "../schema/inventory-schema.ts";
import { quote } from "../source/visible.ts";
import type { AnsibleLabels } from "./ansible-labels.ts";

/** A group as `ansible-inventory --list` and Ansible's inventory scripts print it. */
interface WrittenGroup {
  readonly hosts: readonly string[];
  readonly children: readonly string[];
  readonly vars: Vars;
}

type Vars = Readonly<Record<string, unknown>>;

/** What a login needs, by its names in Ansible: those of today first. */
const LOGIN = {
  address: ["ansible_host", "ansible_ssh_host"],
  port: ["ansible_port", "ansible_ssh_port"],
  user: ["ansible_user", "ansible_ssh_user"],
} as const;

const META = "_meta";

/** Whether a JSON object is what Ansible's inventories print, and not ours: ours has no other keys than its own. */
export function isAnsibleJson(value: object): boolean {
  const keys = Object.keys(value);
  if (keys.includes(META)) return true;
  if (keys.length === 0 || keys.some((key) => ["$schema", "groups"].includes(key))) return false;
  return Object.values(value as Vars).every(
    (group) =>
      Array.isArray(group) || (isObject(group) && ["hosts", "children", "vars"].some((key) => key in group)),
  );
}

export interface FromAnsible {
  readonly inventory: WrittenInventory;
  readonly faults: readonly Fault[];
  /** Groups that cannot be named here. */
  readonly unnamed: readonly string[];
}

/**
 * Groups with all hosts of their children, and the address, port and user of each host. Variables of groups count as in
 * Ansible: a child's go before its parent's, of groups of one depth the last by name's, the host's own before all. A
 * group without hosts is none. Of other variables only those are taken that become labels.
 */
export function fromAnsible(value: Vars, labels: AnsibleLabels): FromAnsible {
  const faults: Fault[] = [];
  const written = new Map<string, WrittenGroup>();
  const good = new Set<string>();
  for (const [name, group] of Object.entries(value))
    if (name !== META) written.set(name, readGroup(name, group, { faults, good }));
  const members = new Map<string, ReadonlySet<string>>();
  for (const name of written.keys()) membersOf(name, { written, members, faults, above: [] });
  const all = new Set([...members.values()].flatMap((hosts) => [...hosts]));
  const named = new Map([["all", all], ...members]);
  return {
    inventory: {
      groups: Object.fromEntries(
        [...named]
          .filter(([name, hosts]) => hosts.size > 0 && GROUP_PATTERN.test(name))
          .map(([name, hosts]) => [name, [...hosts].join(",")]),
      ),
      hosts: Object.fromEntries(entriesOf(all, { value, written, members, faults, labels })),
    },
    faults,
    unnamed: [...written.keys()].filter((name) => !GROUP_PATTERN.test(name)),
  };
}

function readGroup(
  name: string,
  group: unknown,
  { faults, good }: { readonly faults: Fault[]; readonly good: Set<string> },
): WrittenGroup {
  const isList = Array.isArray(group);
  const { hosts, children, vars }: Vars = isList ? { hosts: group } : isObject(group) ? group : {};
  if (!isList && !isObject(group))
    faults.push(at([name], "a group must be a list of hosts, or hold hosts, children or vars"));
  const path = isList ? [name] : [name, "hosts"];
  return {
    hosts: names(hosts, path, faults).filter((host, index) => {
      const fault = hostFault(host, good);
      if (fault !== undefined) faults.push(at([...path, index], fault));
      return fault === undefined;
    }),
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

/** @param good names that were asked for before: most stand in several groups */
function hostFault(name: string, good: Set<string>): string | undefined {
  if (good.has(name)) return undefined;
  const expanded = expandHosts(name, { groups: new Map() });
  if (!expanded.ok) return `${quote(name)} is no name of a host: ${expanded.error.message}`;
  const [host, second] = expanded.value;
  if (host?.name !== name || second !== undefined)
    return `${quote(name)} is no name of a host: it would be read as a host expression`;
  good.add(name);
  return undefined;
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

function entriesOf(
  all: ReadonlySet<string>,
  {
    value,
    written,
    members,
    faults,
    labels,
  }: Pick<Walk, "written" | "faults"> & {
    readonly value: Vars;
    readonly members: ReadonlyMap<string, ReadonlySet<string>>;
    readonly labels: AnsibleLabels;
  },
): readonly (readonly [string, HostEntry])[] {
  const meta = value[META];
  const hostvars = isObject(meta) && isObject(meta["hostvars"]) ? meta["hostvars"] : {};
  const ofGroups = new Map<string, Vars>();
  for (const [name, { vars }] of byDepth(written)) {
    if (Object.keys(vars).length === 0) continue;
    for (const host of members.get(name) ?? []) ofGroups.set(host, { ...ofGroups.get(host), ...vars });
  }
  return [...all].flatMap((host) => {
    const own = hostvars[host];
    const vars = { ...ofGroups.get(host), ...(isObject(own) ? own : {}) };
    const entry = { ...entryOf(host, vars, faults), ...defined({ labels: labels.of(host, vars) }) };
    return Object.keys(entry).length === 0 ? [] : [[host, entry] as const];
  });
}

/** Parents first, of one depth by name, so that who comes later goes before. */
function byDepth(written: ReadonlyMap<string, WrittenGroup>): readonly (readonly [string, WrittenGroup])[] {
  const depths = new Map<string, number>([...written.keys()].map((name) => [name, name === "all" ? 0 : 1]));
  // As many rounds as groups, for who holds himself.
  for (let round = 0, moved = true; moved && round <= written.size; round += 1) {
    moved = false;
    for (const [name, { children }] of written) {
      const depth = (depths.get(name) ?? 0) + 1;
      for (const child of children) {
        if ((depths.get(child) ?? depth) >= depth) continue;
        depths.set(child, depth);
        moved = true;
      }
    }
  }
  return [...written].sort(
    ([a], [b]) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0) || (a < b ? -1 : a > b ? 1 : 0),
  );
}

function entryOf(host: string, vars: Vars, faults: Fault[]): HostEntry {
  const entry: Record<string, unknown> = {};
  for (const [field, variables] of Object.entries(LOGIN)) {
    const variable = variables.find((name) => vars[name] !== undefined && vars[name] !== null);
    if (variable === undefined) continue;
    const path = [META, "hostvars", host, variable];
    const given = vars[variable];
    if (typeof given === "string" && given.includes("{{")) {
      faults.push(at(path, `${variable} of ${host} is a template, which is not filled in here`));
      continue;
    }
    const read = field === "port" && typeof given === "string" && /^\d+$/.test(given) ? Number(given) : given;
    const checked = HostEntry.safeParse({ [field]: read });
    if (checked.success) entry[field] = read;
    else faults.push(at(path, `${variable} of ${host}: ${checked.error.issues[0]?.message ?? "is none"}`));
  }
  return entry;
}

function isObject(value: unknown): value is Vars {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function at(path: readonly (string | number)[], message: string): Fault {
  return { position: { path: [...path] }, message };
}
