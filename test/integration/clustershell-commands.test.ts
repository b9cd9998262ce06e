import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadGroupsConf } from "@roadrunner/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askSource } from "../../packages/flow-client/src/inventories/clustershell/ask-source.ts";
import { ClusterShellGroups } from "../../packages/flow-client/src/inventories/clustershell/clustershell-groups.ts";
import { readGroupsConf } from "../../packages/flow-client/src/inventories/clustershell/read-groups-conf.ts";
import { readInventories } from "../../packages/flow-client/src/inventories/read-inventories.ts";
import { GroupsConfFolder, MAIN } from "../support/groups-conf-folder.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

const temp = makeTempDir("clustershell-commands");
let folder: GroupsConfFolder;
beforeAll(() => (folder = new GroupsConfFolder(temp.path)));
afterAll(() => temp.remove());

describe("a command", () => {
  it("is run for a group that is named, and once", async () => {
    const file = folder.conf("lazy", {
      "groups.conf": `${MAIN("s")}[s]\nmap: echo $GROUP >> asked; case $GROUP in a) echo @b,x1;; b) echo y1;; esac\nlist: echo list >> asked; seq -f g%g 1000\n`,
    });
    const read = await readInventories({ "groups-conf": file });
    if (!read.ok) throw new Error(read.error.join("\n"));
    await read.value.naming(["db1,@a"]);
    await read.value.naming(["@s:b,@s:a"]);
    expect(readFileSync(join(temp.path, "lazy/asked"), "utf8")).toBe("a\nb\n");
  });

  it("that hangs is killed with all that it began", async () => {
    const marker = `sleep 32${process.pid}`;
    const loaded = loadGroupsConf(`[s]\nmap: ${marker} & ${marker}\n`, join(temp.path, "groups.conf"));
    const source = loaded.ok ? loaded.value.sources[0] : undefined;
    if (source === undefined) throw new Error("no source");
    const answer = await askSource(source, "g", performance.now() + 300);
    expect(answer.ok ? "" : answer.error).toMatch(
      /groups\.conf:2:1: map of source s for g did not end in the time that all groups have together; nothing/,
    );
    expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain(marker);
  });

  it("is not run for a thousand groups when it fails for ten, or takes too long", async () => {
    const thousand = Array.from({ length: 1000 }, (_, at) => `g${at}`);
    const told = async (name: string, map: string, withinMs?: number): Promise<readonly string[]> => {
      const read = await readGroupsConf(folder.conf(name, { "groups.conf": `[s]\nmap: ${map}\n` }));
      if (!read.ok) throw new Error(read.error.join("\n"));
      const named = await new ClusterShellGroups(read.value).named(thousand, withinMs);
      return named.ok ? [] : named.error;
    };
    const failing = await told("failing", "echo $GROUP >> asked; false");
    expect(failing.at(-1)).toMatch(/groups\.conf: 984 more groups were not asked for$/);
    expect(failing.length).toBeLessThan(20);
    expect(readFileSync(join(temp.path, "failing/asked"), "utf8").split("\n").length).toBeLessThan(20);
    const late = await told("late", "sleep 31", 100);
    expect(late.at(-1)).toMatch(/more groups were not asked for$/);
    expect(late.length).toBeLessThan(20);
  });

  const S = (map: string, more = "") => ({ "groups.conf": `[s]\nmap: ${map}\n${more}` });
  const yaml = (text: string) => ({ "groups.conf": MAIN("s"), "groups.d/x.yaml": text });
  it.each([
    [
      "fails",
      S("echo no batch system >&2; echo x1; exit 3"),
      ["@g"],
      /^\/fails\/groups\.conf:2:1: map of source s for g ended with exit code 3; nothing of it is taken; it says: no batch system/,
    ],
    [
      "prints nothing",
      S("nosuch-program | cat", "list: echo other web\n"),
      ["@wev"],
      /printed no host for wev: a group that is not there, or is empty, is an error; it says: .*nosuch-program.*did you mean @s:web\?/s,
    ],
    ["prints without end", S("yes"), ["@g"], /printed more than 64 MiB/],
    ["prints no node set", S("echo 'x[1-'"), ["@g"], /:2:1: @s:g: this "\[" is never closed, near "x\[1-"/],
    ["prints a wildcard", S("echo 'x*'"), ["@g"], /@s:g: wildcards are not supported/],
    [
      "lists odd names",
      S("echo x1", "list: echo a 'b;touch ran'\n"),
      ["@*"],
      /:3:1: list of source s printed "b;touch", which is no name of a group here/,
    ],
    ["is lacking", { "groups.conf": "[s]\nlist: echo a\n" }, ["@g"], /:1:1: the source \[s\] has no "map"/],
    ["cannot tell of all hosts", S("echo x1"), ["@*"], /has neither "all" nor "list"/],
    [
      "is of no source",
      S("echo x1"),
      ["@t:g"],
      /groups\.conf: @t:g: there is no source of groups t; there are: s$/,
    ],
    ["holds itself", S("echo @g"), ["@g"], /the group @s:g contains itself: @s:g → @s:g/],
  ])("that %s", async (name, files, expressions, message) => {
    expect(await folder.problems(folder.conf(name.replaceAll(" ", "-"), files), expressions)).toMatch(
      message,
    );
  });

  it.each([
    [
      "unknown",
      yaml("s: { rack1: a }"),
      ["@rack2"],
      /x\.yaml:1:1: s: the source s has no group rack2\n.*did you mean @s:rack1\?/s,
    ],
    [
      "empty",
      yaml("s:\n  a:\n  b: ' '"),
      ["@a,@b"],
      /:2:3: s\.a: the group a of source s has no host.*:3:3: s\.b: the group b/s,
    ],
    ["no list", yaml("s: 5"), ["@a"], /the source s must hold groups/],
    [
      "twice",
      { ...yaml("s: { a: b }"), "groups.d/y.yaml": "s: { a: c }" },
      ["@a"],
      /y\.yaml:1:1: s: the source of groups s is in \/twice\/groups\.d\/x\.yaml already/,
    ],
    [
      "a list's name",
      yaml("failed: { a: b }"),
      ["@a"],
      /cannot be called failed: @failed: names a list of hosts/,
    ],
    [
      "not the default",
      yaml("t: { a: b }"),
      ["@a"],
      /groups\.conf:2:1: there is no source of groups s\n.*there are: t/s,
    ],
    ["half a file", yaml("s: { a: b"), ["@a"], /x\.yaml:1:\d+: /],
    ["no conf", { "groups.conf": "web: a\n" }, ["@web"], /groups\.conf:1:1: this stands before any section/],
  ])("a source or a group that is %s", async (name, files, expressions, message) => {
    expect(await folder.problems(folder.conf(name.replaceAll(" ", "-"), files), expressions)).toMatch(
      message,
    );
  });

  it("of a file that others may write, or exchange, is not run", async () => {
    const file = folder.conf("open", {
      ...S("touch ran"),
      "groups.conf": "[Main]\nconfdir: $CFGDIR/d\n",
      "d/x.conf": "[s]\nmap: touch ran\n",
    });
    chmodSync(join(temp.path, "open/d/x.conf"), 0o666);
    expect(await folder.problems(file, ["@g"])).toMatch(
      /^\/open\/d\/x\.conf holds commands, and none of them is run: it may be written by others than its owner/,
    );
    const exchanged = folder.conf("exchanged", S("echo x1"));
    chmodSync(join(exchanged, ".."), 0o777);
    expect(await folder.problems(exchanged, ["@g"])).toMatch(/none of them is run: it lies in .*chmod go-w/);
  });
});
