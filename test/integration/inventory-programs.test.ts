import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { printedBy } from "../../packages/flow-client/src/inventories/inventory-program.ts";
import { entriesOf, InventoryFolder } from "../support/inventory-folder.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { submitHere } from "../support/submit-here.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

const temp = makeTempDir("inventory-programs");
let folder: InventoryFolder;
beforeAll(() => (folder = new InventoryFolder(temp.path)));
afterAll(() => temp.remove());

describe("a program that prints an inventory", () => {
  const script = (name: string, text: string, mode = 0o755) => folder.write(name, `#!/bin/sh\n${text}`, mode);

  it("is called with --list, and with --host where that has no _meta", async () => {
    const program = script(
      "old-script",
      `case $1 in
         --list) echo '{"web": {"hosts": ["a", "b"], "vars": {"ansible_user": "w"}}, "db": ["b"]}' ;;
         --host) test "$2" = a && echo '{"ansible_host": "10.0.0.1"}' ;;
       esac; exit 0`,
    );
    expect(await folder.hostsOf("web", [program])).toEqual(["a", "b"]);
    expect(await entriesOf(program)).toEqual({ a: { address: "10.0.0.1", user: "w" }, b: { user: "w" } });
  });

  it("stands beside a file of ours; a group in both is told", async () => {
    const program = script("script", `echo '{"web": ["a"], "_meta": {"hostvars": {}}}'`);
    const ours = folder.write("ours.yaml", "groups: { web: 'b[1-2]', db: c }\nhosts: { a: { pool: eu } }\n");
    expect(await folder.hostsOf("web", [ours, program])).toEqual(["b1", "b2", "a"]);
    const flow = folder.write(
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
    [
      "prints a line before its JSON",
      `echo 'WARN: old cache'; echo '{"web": ["a"]}'`,
      /--list printed a line before its JSON: WARN: old cache; let it write/,
    ],
    [
      "has begun what keeps its output open",
      `echo '{"web": ["a"]}'; sleep 60 &`,
      /--list ended, and what it has begun keeps its output open; .*>\/dev\/null/,
    ],
    ["prints nothing", "", /--list:1:1: the file is empty/],
    ["prints without end", "yes", /printed more than 64 MiB; that is no inventory/],
    [
      "cannot tell of a host",
      `test $1 = --list && echo '{"web": ["a"]}' || echo no`,
      /--host a printed no JSON/,
    ],
  ])("that %s is an error, never an empty group", async (name, text, message) => {
    const { code, stderr } = await folder.plan("@web", [
      script(name.toLowerCase().replaceAll(" ", "-"), text),
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("with a host of an odd name serves groups without it, with a note", async () => {
    const program = script("odd", `echo '{"web": ["a"], "old": ["b c"], "_meta": {"hostvars": {}}}'`);
    expect(await folder.hostsOf("web", [program])).toEqual(["a"]);
    const { code, stderr } = await folder.plan("@web,@all", [program]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--list:1:\d+: .*"b c" is no name of a host/)]);
  });

  it("with a login that cannot be taken is refused where the host takes part", async () => {
    const vars = JSON.stringify({ b: { ansible_host: "{{ x }}" } });
    const program = script("login", `echo '{"web": ["a", "b"], "_meta": {"hostvars": ${vars}}}'`);
    expect(await folder.hostsOf("web!b", [program])).toEqual(["a"]);
    const { code, stderr } = await folder.plan("@web", [program]);
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

  it("is not waited for where what it has begun keeps its standard error alone", async () => {
    const program = script(
      "master",
      `echo '{"web": ["a"], "_meta": {"hostvars": {}}}'; sleep 60 >/dev/null &`,
    );
    expect(await folder.hostsOf("web", [program])).toEqual(["a"]);
  });

  it("that others may exchange is not run", async () => {
    const open = join(temp.path, "open");
    const program = script("open/script", "touch $(dirname $0)/ran; echo '{}'");
    chmodSync(open, 0o777);
    const { code, stderr } = await folder.plan("@web", [program]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /is a program, and is not run: it lies in .*, which others may write .*; chmod go-w/,
    );
  });

  it("that others may write is not run", async () => {
    const program = script("written", "echo '{}'", 0o775);
    const { code, stderr } = await folder.plan("@web", [program]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /is not run: it may be written by others than its owner \(mode 0775\); chmod go-w it/,
    );
  });

  it("a file of ours that may be executed is read", async () => {
    const ours = folder.write("mode.yaml", "groups: { web: a }\n", 0o755);
    expect(await folder.hostsOf("web", [ours])).toEqual(["a"]);
  });
});
