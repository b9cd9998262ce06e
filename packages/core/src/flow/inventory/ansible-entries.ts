import { defined } from "../../optional-fields.ts";
import type { Fault } from "../rules/rule.ts";
import { HostEntry } from "../schema/inventory-schema.ts";
import type { AnsibleLabels } from "./ansible-labels.ts";

/** A group as `ansible-inventory --list` and Ansible's inventory scripts print it. */
export interface WrittenGroup {
  readonly hosts: readonly string[];
  readonly children: readonly string[];
  readonly vars: Vars;
}

export type Vars = Readonly<Record<string, unknown>>;

/** What a login needs, by its names in Ansible: those of today first. */
const LOGIN = {
  address: ["ansible_host", "ansible_ssh_host"],
  port: ["ansible_port", "ansible_ssh_port"],
  user: ["ansible_user", "ansible_ssh_user"],
} as const;

export const META = "_meta";

/** The address, port and user of each host, as far as they are told; what is wrong with them, by host. */
export function entriesOf(
  all: ReadonlySet<string>,
  {
    value,
    written,
    members,
    unsoundHosts,
    labels,
  }: {
    readonly value: Vars;
    readonly written: ReadonlyMap<string, WrittenGroup>;
    readonly unsoundHosts: Map<string, Fault[]>;
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
    const faults: Fault[] = [];
    const entry = { ...entryOf(host, vars, faults), ...defined({ labels: labels.of(host, vars) }) };
    if (faults.length > 0) unsoundHosts.set(host, faults);
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

export function isObject(value: unknown): value is Vars {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function at(path: readonly (string | number)[], message: string): Fault {
  return { position: { path: [...path] }, message };
}
