import { execFileSync } from "node:child_process";
import { expandHosts } from "@roadrunner/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readInventories } from "../../packages/flow-client/src/inventories/read-inventories.ts";
import { entriesOf, InventoryFolder, type PlanJson } from "../support/inventory-folder.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { seeded } from "../support/random.ts";
import { submitHere } from "../support/submit-here.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

const temp = makeTempDir("inventories");
let folder: InventoryFolder;
beforeAll(() => (folder = new InventoryFolder(temp.path)));
afterAll(() => temp.remove());

/** The hosts of each group, as Ansible sees them. */
function ansible(inventory: string, args: readonly string[]): string {
  return execFileSync(findProgram("ansible-inventory"), ["-i", inventory, ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: temp.path, LC_ALL: "C.UTF-8" },
    encoding: "utf8",
  });
}

/** The hosts of each group below which `--graph` shows them. */
function hostsInGraph(graph: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const above: string[] = [];
  for (const line of graph.trimEnd().split("\n")) {
    const [, bars = "", at, name = ""] = /^([| ]*?)(?:\|--)?(@?)([^@:\s]+):?$/.exec(line) ?? [];
    above.length = Math.ceil(bars.length / 3) + (line.startsWith("@") ? 0 : 1);
    if (at === "@") {
      above.push(name);
      found.set(name, found.get(name) ?? new Set());
    } else for (const group of above) found.get(group)?.add(name);
  }
  return found;
}

/** The hosts of groups, as we read them; of one that there is not, what is said of it. */
async function membersOf(
  file: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const read = await readInventories({ inventory: [file] });
  const joined = read.ok ? await read.value.naming([]) : read;
  if (!joined.ok) throw new Error(joined.error.join("\n"));
  const groups = new Map(Object.entries(joined.value?.inventory.groups ?? {}));
  return new Map(
    names.map((name) => {
      const expanded = expandHosts(`@${name}`, { groups });
      return [
        name,
        expanded.ok ? expanded.value.map((host) => host.name).toSorted() : [expanded.error.message],
      ];
    }),
  );
}

const INI = `
mail.example.com ansible_host=10.0.0.9
[web]
www[01:03].example.com ansible_user=www
[db]
db-[a:c].example.com ansible_port=2222
[east:children]
web
db
[prod:children]
east
[prod:vars]
ansible_user=deploy
[all:vars]
ansible_port=2022
`;

describe("the inventory that ansible-inventory --list prints of INI files, group_vars and host_vars", () => {
  let file: string;
  beforeAll(() => {
    const ini = folder.write("ini/hosts", INI);
    folder.write("ini/group_vars/db.yml", "ansible_user: dba\ntier: back\nother: [1, { a: '{{ b }}' }]\n");
    folder.write("ini/host_vars/db-b.example.com.yml", "ansible_host: 10.0.0.2\nrack: 7\n");
    file = folder.write("ini.json", ansible(ini, ["--list"]));
  });

  it("has the hosts of each group", async () => {
    const graph = hostsInGraph(ansible(folder.path("ini/hosts"), ["--graph"]));
    expect([...graph.keys()].toSorted()).toEqual(["all", "db", "east", "prod", "ungrouped", "web"]);
    const ours = await membersOf(file, [...graph.keys()]);
    expect(ours).toEqual(new Map([...graph].map(([group, hosts]) => [group, [...hosts].toSorted()])));
    expect(await folder.hostsOf("east", [file])).toHaveLength(6);
  });

  it("has those of their variables as labels that --labels names", async () => {
    folder.write(
      "flow.json",
      JSON.stringify({ slots: [{ jobs: [{ hosts: "@all{tier=back}", command: "true" }] }] }),
    );
    const asked = ["plan", folder.path("flow.json"), "--no-servers", "--inventory", file];
    const run = async (...more: readonly string[]) => submitHere([...asked, ...more]);
    const { stdout } = await run(
      "--labels",
      "tier",
      "--labels",
      "rack,other,tierr",
      "--limit",
      "@all{rack=7}",
    );
    expect(stdout).toContain("job-1-1 on 1 host: db-b.example.com\n");
    expect(stdout).toContain(
      "--labels tierr: no host of the inventories has such a variable or label; did you mean tier?",
    );
    expect(stdout).toMatch(
      /the variable other of db-a\..* is not taken as a label: a list is no value of a label/,
    );
    expect(stdout).toMatch(
      /4 of the 7 hosts of @all have no label "tier" and are not chosen by @all\{tier=…\}: /,
    );
    const without = await run();
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining("--labels tier takes it")]);
    const wrong = await run("--labels", "a=b");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('"a=b" is no name of a label')]);
    folder.write("xdg/roadrunner/config.yaml", "labels: [tier, rack]\n");
    const env = { XDG_CONFIG_HOME: folder.path("xdg") };
    const configured = await submitHere([...asked, "--json"], env);
    const job = (JSON.parse(configured.stdout) as PlanJson).slots[0]?.jobs[0];
    expect(job?.hosts).toEqual(["db-a.example.com", "db-b.example.com", "db-c.example.com"]);
  });

  it("has their addresses, ports and users", async () => {
    expect(await entriesOf(file)).toEqual({
      "mail.example.com": { address: "10.0.0.9", port: 2022 },
      "www01.example.com": { port: 2022, user: "www" },
      "www02.example.com": { port: 2022, user: "www" },
      "www03.example.com": { port: 2022, user: "www" },
      "db-a.example.com": { port: 2222, user: "dba" },
      "db-b.example.com": { address: "10.0.0.2", port: 2222, user: "dba" },
      "db-c.example.com": { port: 2222, user: "dba" },
    });
  });
});

/** An inventory of nested groups, half of them in INI, half in YAML; names begin with the seed's. */
function generated(seed: number): string {
  const random = seeded(seed);
  const name = (kind: string, number: number): string => `s${seed}${kind}${number}`;
  const groups = Array.from({ length: 12 }, (_, number) => {
    const hosts = Array.from({ length: random.below(4) }, () => {
      const first = random.below(20);
      const last = first + random.below(4);
      const plain = name("h", random.below(20));
      const range = `${name("n", 0)}[${String(first).padStart(2, "0")}:${String(last).padStart(2, "0")}].example.com`;
      return random.below(3) === 0 ? range : plain;
    });
    const children = Array.from({ length: number === 0 ? 0 : random.below(4) }, () =>
      name("g", random.below(number)),
    );
    return { name: name("g", number), hosts: [...new Set(hosts)], children: [...new Set(children)] };
  });
  if (seed % 2 === 0)
    return groups
      .map(
        (one) =>
          `[${one.name}]\n${one.hosts.join("\n")}\n[${one.name}:children]\n${one.children.join("\n")}\n`,
      )
      .join("");
  const keys = (names: readonly string[]): object => Object.fromEntries(names.map((one) => [one, {}]));
  const written = groups.map((one) => [one.name, { hosts: keys(one.hosts), children: keys(one.children) }]);
  return JSON.stringify({ all: { children: Object.fromEntries(written) } });
}

describe("generated inventories of Ansible", () => {
  it("have the hosts of each group that ansible-inventory --graph shows", async () => {
    // One process of theirs for all: it takes a second to start.
    for (let seed = 0; seed < 8; seed += 1)
      folder.write(`generated/${seed}${seed % 2 === 0 ? "" : ".yml"}`, generated(seed));
    const graph = hostsInGraph(ansible(folder.path("generated"), ["--graph"]));
    const file = folder.write("generated.json", ansible(folder.path("generated"), ["--list"]));
    const withHosts = [...graph].filter(([, hosts]) => hosts.size > 0);
    expect(withHosts.length).toBeGreaterThan(60);
    expect(Math.max(...withHosts.map(([, hosts]) => hosts.size))).toBeGreaterThan(50);
    const ours = await membersOf(file, [...graph.keys()]);
    const none = (group: string): readonly string[] => [`there is no group @${group}`];
    for (const [group, hosts] of graph)
      expect([group, ours.get(group)]).toEqual([group, hosts.size > 0 ? [...hosts].toSorted() : none(group)]);
  });
});
