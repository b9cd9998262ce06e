import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expandHosts } from "@roadrunner/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { printedBy } from "../../packages/flow-client/src/inventories/inventory-program.ts";
import { readInventories } from "../../packages/flow-client/src/inventories/read-inventories.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { seeded } from "../support/random.ts";
import { submitHere } from "../support/submit-here.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

const temp = makeTempDir("inventories");
const path = (name: string) => join(temp.path, name);
// Others may come as far as this: below a closed folder nothing can be exchanged.
beforeAll(() => chmodSync(temp.path, 0o755));
afterAll(() => temp.remove());

function write(name: string, text: string, mode = 0o644): string {
  mkdirSync(join(path(name), ".."), { recursive: true });
  writeFileSync(path(name), text);
  chmodSync(path(name), mode);
  return path(name);
}

/** The hosts of each group, as Ansible sees them. */
function ansible(inventory: string, args: readonly string[]): string {
  return execFileSync(findProgram("ansible-inventory"), ["-i", inventory, ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: temp.path, LC_ALL: "C.UTF-8" },
    encoding: "utf8",
  });
}

interface Plan {
  readonly slots: readonly { readonly jobs: readonly { readonly hosts: readonly string[] }[] }[];
}

async function plan(hosts: string, inventories: readonly string[]) {
  const flow = write("flow.json", JSON.stringify({ slots: [{ jobs: [{ hosts, command: "true" }] }] }));
  const given = inventories.flatMap((inventory) => ["--inventory", inventory]);
  return submitHere(["plan", flow, "--no-servers", "--json", ...given]);
}

async function hostsOf(group: string, inventories: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await plan(`@${group}`, inventories);
  expect([code, stderr]).toEqual([0, stderr]);
  return (JSON.parse(stdout) as Plan).slots[0]?.jobs[0]?.hosts ?? [];
}

/** What is known of each host. */
async function entriesOf(file: string): Promise<object> {
  const read = await readInventories({ inventory: [file] });
  const joined = read.ok ? await read.value.naming([]) : read;
  return joined.ok ? (joined.value?.inventory.hosts ?? {}) : joined;
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
    const ini = write("ini/hosts", INI);
    write("ini/group_vars/db.yml", "ansible_user: dba\ntier: back\nother: [1, { a: '{{ b }}' }]\n");
    write("ini/host_vars/db-b.example.com.yml", "ansible_host: 10.0.0.2\nrack: 7\n");
    file = write("ini.json", ansible(ini, ["--list"]));
  });

  it("has the hosts of each group", async () => {
    const graph = hostsInGraph(ansible(path("ini/hosts"), ["--graph"]));
    expect([...graph.keys()].toSorted()).toEqual(["all", "db", "east", "prod", "ungrouped", "web"]);
    const ours = await membersOf(file, [...graph.keys()]);
    expect(ours).toEqual(new Map([...graph].map(([group, hosts]) => [group, [...hosts].toSorted()])));
    expect(await hostsOf("east", [file])).toHaveLength(6);
  });

  it("has those of their variables as labels that --labels names", async () => {
    write(
      "flow.json",
      JSON.stringify({ slots: [{ jobs: [{ hosts: "@all{tier=back}", command: "true" }] }] }),
    );
    const asked = ["plan", path("flow.json"), "--no-servers", "--inventory", file];
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
    const config = write("xdg/roadrunner/config.yaml", "labels: [tier, rack]\n");
    const env = { XDG_CONFIG_HOME: join(config, "../..") };
    const configured = await submitHere([...asked, "--json"], env);
    const job = (JSON.parse(configured.stdout) as Plan).slots[0]?.jobs[0];
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
      write(`generated/${seed}${seed % 2 === 0 ? "" : ".yml"}`, generated(seed));
    const graph = hostsInGraph(ansible(path("generated"), ["--graph"]));
    const file = write("generated.json", ansible(path("generated"), ["--list"]));
    const withHosts = [...graph].filter(([, hosts]) => hosts.size > 0);
    expect(withHosts.length).toBeGreaterThan(60);
    expect(Math.max(...withHosts.map(([, hosts]) => hosts.size))).toBeGreaterThan(50);
    const ours = await membersOf(file, [...graph.keys()]);
    const none = (group: string): readonly string[] => [`there is no group @${group}`];
    for (const [group, hosts] of graph)
      expect([group, ours.get(group)]).toEqual([group, hosts.size > 0 ? [...hosts].toSorted() : none(group)]);
  });
});

describe("a program that prints an inventory", () => {
  const script = (name: string, text: string, mode = 0o755) => write(name, `#!/bin/sh\n${text}`, mode);

  it("is called with --list, and with --host where that has no _meta", async () => {
    const program = script(
      "old-script",
      `case $1 in
         --list) echo '{"web": {"hosts": ["a", "b"], "vars": {"ansible_user": "w"}}, "db": ["b"]}' ;;
         --host) test "$2" = a && echo '{"ansible_host": "10.0.0.1"}' ;;
       esac; exit 0`,
    );
    expect(await hostsOf("web", [program])).toEqual(["a", "b"]);
    expect(await entriesOf(program)).toEqual({ a: { address: "10.0.0.1", user: "w" }, b: { user: "w" } });
  });

  it("stands beside a file of ours; a group in both is told", async () => {
    const program = script("script", `echo '{"web": ["a"], "_meta": {"hostvars": {}}}'`);
    const ours = write("ours.yaml", "groups: { web: 'b[1-2]', db: c }\nhosts: { a: { pool: eu } }\n");
    expect(await hostsOf("web", [ours, program])).toEqual(["b1", "b2", "a"]);
    const flow = write(
      "two.json",
      JSON.stringify({ slots: [{ jobs: [{ hosts: "@web", command: "true" }] }] }),
    );
    const both = ["--inventory", ours, "--inventory", program];
    const { stdout } = await submitHere(["plan", flow, "--no-servers", ...both]);
    expect(stdout).toContain(`group web is in ${ours} and in ${program} --list: it has the hosts of both`);
  });

  it.each([
    [
      "fails",
      "echo no cloud >&2; echo '{}'; exit 3",
      /--list ended with exit code 3; .*it says: no cloud\n {2}see what it does: .*fails --list; or give/,
    ],
    [
      "has groups that hold each other",
      `echo '{"web": {"children": ["db"]}, "db": {"children": ["web"], "hosts": ["a"]}}'`,
      /--list:1:\d+: .*the group contains itself: @web → @db → @web/,
    ],
    [
      "has a host of an odd name",
      `echo '{"web": ["a", "b c"]}'`,
      /--list:1:\d+: .*"b c" is no name of a host/,
    ],
    ["is killed", "kill -9 $$", /--list ended with SIGKILL/],
    ["prints no JSON", "echo '[web]'; echo a", /looks like an Ansible INI inventory/],
    ["prints half a JSON", `printf '{"web": {"hosts": ["a",'`, /prints-half-a-json --list:1:\d+: /],
    [
      "prints good JSON and fails",
      `echo '{"web": ["a"]}'; exit 1`,
      /--list ended with exit code 1; nothing of it/,
    ],
    ["prints nothing", "", /--list:1:1: the file is empty/],
    ["prints without end", "yes", /printed more than 64 MiB; that is no inventory/],
    [
      "cannot tell of a host",
      `test $1 = --list && echo '{"web": ["a"]}' || echo no`,
      /--host a printed no JSON/,
    ],
  ])("that %s is an error, never an empty group", async (name, text, message) => {
    const { code, stderr } = await plan("@web", [script(name.toLowerCase().replaceAll(" ", "-"), text)]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("with a host of an odd name serves groups without it, with a note", async () => {
    const program = script("odd", `echo '{"web": ["a"], "old": ["b c"], "_meta": {"hostvars": {}}}'`);
    expect(await hostsOf("web", [program])).toEqual(["a"]);
    const { code, stderr } = await plan("@web,@all", [program]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--list:1:\d+: .*"b c" is no name of a host/)]);
  });

  it("with a login that cannot be taken is refused where the host takes part", async () => {
    const vars = JSON.stringify({ b: { ansible_host: "{{ x }}" } });
    const program = script("login", `echo '{"web": ["a", "b"], "_meta": {"hostvars": ${vars}}}'`);
    expect(await hostsOf("web!b", [program])).toEqual(["a"]);
    const { code, stderr } = await plan("@web", [program]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/ansible_host of b is a template/)]);
  });

  it("that hangs is killed with all that it began", async () => {
    const marker = `sleep 31${process.pid}`;
    const program = script("hangs", `${marker} & ${marker}`);
    const answer = await printedBy(program, 300);
    expect(answer.ok ? "" : answer.error.join("\n")).toMatch(
      /hangs --list took, with all that was asked before, more than 30 s; nothing of it is taken\n {2}see what it does: /,
    );
    expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain(marker);
  });

  it("that others may exchange is not run", async () => {
    const open = join(temp.path, "open");
    const program = script("open/script", "touch $(dirname $0)/ran; echo '{}'");
    chmodSync(open, 0o777);
    const { code, stderr } = await plan("@web", [program]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /is a program, and is not run: it lies in .*, which others may write .*; chmod go-w/,
    );
  });

  it("that others may write is not run", async () => {
    const program = script("written", "echo '{}'", 0o775);
    const { code, stderr } = await plan("@web", [program]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /is not run: it may be written by others than its owner \(mode 0775\); chmod go-w it/,
    );
  });

  it("a file of ours that may be executed is read", async () => {
    const ours = write("mode.yaml", "groups: { web: a }\n", 0o755);
    expect(await hostsOf("web", [ours])).toEqual(["a"]);
  });
});
