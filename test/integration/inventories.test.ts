import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readInventories } from "../../packages/flow-client/src/inventories/read-inventories.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { findProgram } from "../support/programs.ts";
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
  return runSubmit(["plan", flow, "--no-servers", "--json", ...given]);
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

  it.each(["all", "web", "db", "east", "prod", "ungrouped"])("has the hosts of %s", async (group) => {
    const lines = ansible(path("ini/hosts"), ["--graph", group]).matchAll(/--([^@\s]+)$/gm);
    const theirs = new Set(Array.from(lines, ([, host = ""]) => host));
    const ours = await hostsOf(group, [file]);
    expect([...ours].sort()).toEqual([...theirs].sort());
  });

  it("has those of their variables as labels that --labels names", async () => {
    write(
      "flow.json",
      JSON.stringify({ slots: [{ jobs: [{ hosts: "@all{tier=back}", command: "true" }] }] }),
    );
    const asked = ["plan", path("flow.json"), "--no-servers", "--inventory", file];
    const run = async (...more: readonly string[]) => runSubmit([...asked, ...more]);
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
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining('"a=b" must be the name of a label'),
    ]);
    const config = write("xdg/roadrunner/config.yaml", "labels: [tier, rack]\n");
    const env = { XDG_CONFIG_HOME: join(config, "../..") };
    const configured = await runSubmit([...asked, "--json"], { env });
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
    const { stdout } = await runSubmit(["plan", flow, "--no-servers", ...both]);
    expect(stdout).toContain(`group web is in ${ours} and in ${program}: it has the hosts of both`);
  });

  it.each([
    ["fails", "echo no cloud >&2; echo '{}'; exit 3", /--list ended with exit code 3; .*it says: no cloud/],
    ["is killed", "kill -9 $$", /--list ended with SIGKILL/],
    ["prints no JSON", "echo '[web]'; echo a", /looks like an Ansible INI inventory/],
    ["prints half a JSON", `printf '{"web": {"hosts": ["a",'`, /:1:\d+: /],
    ["prints nothing", "", /the file is empty/],
    ["prints without end", "yes", /printed more than 64 MiB; that is no inventory/],
    [
      "cannot tell of a host",
      `test $1 = --list && echo '{"web": ["a"]}' || echo no`,
      /--host a printed no JSON/,
    ],
  ])("that %s is an error, never an empty group", async (name, text, message) => {
    const { code, stderr } = await plan("@web", [script(name.replaceAll(" ", "-"), text)]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("that hangs is killed with all that it began", async () => {
    const marker = `sleep 31${process.pid}`;
    const program = script("hangs", `${marker} & ${marker}`);
    const { code, stderr } = await plan("@web", [program]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /--list took, with all that was asked before, more than 30 s; nothing of it is taken$/m,
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
