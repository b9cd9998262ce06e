import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expandHosts, loadGroupsConf } from "@roadrunner/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clusterShellCandidates } from "../../packages/flow-client/src/cli/complete-clustershell.ts";
import { askSource } from "../../packages/flow-client/src/inventories/clustershell/ask-source.ts";
import { ClusterShellGroups } from "../../packages/flow-client/src/inventories/clustershell/clustershell-groups.ts";
import { readGroupsConf } from "../../packages/flow-client/src/inventories/clustershell/read-groups-conf.ts";
import { readInventories } from "../../packages/flow-client/src/inventories/read-inventories.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { findProgram } from "../support/programs.ts";
import { seeded } from "../support/random.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

const temp = makeTempDir("clustershell");
// Others may come as far as this: below a closed folder nothing can be exchanged.
beforeAll(() => chmodSync(temp.path, 0o755));
afterAll(() => temp.remove());

/** Writes files into a folder of their own, and gives the path of its groups.conf. */
function conf(name: string, files: Readonly<Record<string, string>>): string {
  for (const [file, text] of Object.entries(files)) {
    const path = join(temp.path, name, file);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  }
  return join(temp.path, name, "groups.conf");
}

const MAIN = (source: string) =>
  `[Main]\ndefault: ${source}\nconfdir: $CFGDIR/groups.conf.d\nautodir: "$CFGDIR/groups.d" /nowhere\n`;

/** Each group that nodeset lists, and its hosts. */
function nodeset(file: string): ReadonlyMap<string, readonly string[]> {
  const lines = execFileSync(findProgram("nodeset"), ["--groupsconf", file, "-LL"], { encoding: "utf8" });
  return new Map(
    lines
      .trim()
      .split("\n")
      .map((line) => line.split(" "))
      .map(([group = "", hosts = ""]) => [group, hosts === "" ? [] : hostsIn(hosts, new Map())]),
  );
}

function hostsIn(expression: string, groups: ReadonlyMap<string, string>): readonly string[] {
  const expanded = expandHosts(expression, { groups, allowEmpty: true });
  return expanded.ok ? expanded.value.map(({ name }) => name).toSorted() : [expanded.error.message];
}

/** What expressions come to with the groups of a file. */
async function named(file: string, expressions: readonly string[]): Promise<readonly (readonly string[])[]> {
  const read = await readInventories({ "groups-conf": file });
  const found = read.ok ? await read.value.naming(expressions) : read;
  if (!found.ok) throw new Error(found.error.join("\n"));
  const groups = new Map(Object.entries(found.value?.inventory.groups ?? {}));
  return expressions.map((expression) => hostsIn(expression, groups));
}

async function problems(file: string, expressions: readonly string[]): Promise<string> {
  return named(file, expressions).then(
    (hosts) => `no problem: ${JSON.stringify(hosts)}`,
    (error: Error) => error.message.replaceAll(temp.path, ""),
  );
}

// The old format of /etc/clustershell/groups, read by sed as Debian's groups.conf does it.
const LOCAL = `
[local]
map: [ -f $CFGDIR/groups ] && f=$CFGDIR/groups || f=$CFGDIR/groups.d/local.cfg; sed -n 's/^$GROUP:\\(.*\\)/\\1/p' $f
all = sed -n 's/^all:\\(.*\\)/\\1/p' $CFGDIR/groups.d/local.cfg
# comment
list: sed -n 's/^\\([0-9A-Za-z_-]*\\):.*/\\1/p' $CFGDIR/groups.d/local.cfg
`;
const WRITTEN = {
  "groups.conf": MAIN("local") + LOCAL,
  "groups.d/local.cfg":
    "adm: ex0\noss: ex4 ex5\nio: ex[4-6]\nnum: ex[001-009/3],ex[08-12]\nnested: @io!ex5,@oss\nall: ex[4-6,32-40]\n",
  "groups.d/cluster.yaml":
    "roles:\n  adm: example0\n  io: '@racks:rack2,example2'\n  all: '@io,@racks:rack[3-4]'\n" +
    "racks:\n  rack1: 'example[0,2]'\n  rack2: 'example[4-5]'\n  rack3: 'example[32-49/2]'\n  rack4: 'a[1-2]b[01-03]'\n" +
    "  old: '@rack[1,3]&example[0-40]^example0'\n  rack5:\n    - 'example[200-205]' # comment\n    - 'example300,example401'\n",
  "groups.conf.d/batch.conf":
    '[job,j]\nmap: echo $SOURCE-$GROUP "$(basename $CFGDIR)" "$(basename "$PWD")" |\n     tr . -\nlist: echo x[1-2] y\n' +
    '[dollar]\nmap: echo "a$$PWD${GROUP}c" | tr -d "/$$" | cut -c1\nlist: echo q\n',
};

describe("the groups of groups.conf, what it names and what its commands print", () => {
  let file: string;
  beforeAll(() => {
    file = conf("written", WRITTEN);
    symlinkSync("/nowhere/at/all", join(temp.path, "written/groups.conf.d/gone.conf"));
  });

  it("are those of nodeset -LL", async () => {
    const theirs = nodeset(file);
    expect(theirs.size).toBeGreaterThan(18);
    const ours = await named(file, [...theirs.keys()]);
    expect(Object.fromEntries([...theirs.keys()].map((group, at) => [group, ours[at]]))).toEqual(
      Object.fromEntries(theirs),
    );
  });

  it("have all hosts of a source, and of the default one, as nodeset has them", async () => {
    const all = ["@*", "@roles:*", "@racks:*", "@job:*", "@roles:*!@roles:adm&@racks:*"];
    const theirs = all.map((one) =>
      execFileSync(findProgram("nodeset"), ["--groupsconf", file, "-e", one], { encoding: "utf8" }),
    );
    expect(await named(file, all)).toEqual(theirs.map((line) => line.trim().split(" ").toSorted()));
  });

  it("stand in flows, limits and lists, beside an inventory, whose groups go before the default source's", async () => {
    const ours = join(temp.path, "ours.yaml");
    writeFileSync(ours, "groups: { adm: ours1, both: '@adm,@local:adm' }\nhosts: { '@io': { user: io } }\n");
    const flow = join(temp.path, "flow.json");
    const hosts = ["@both", "@io", "@racks:rack[1-2]"];
    writeFileSync(flow, JSON.stringify({ slots: [{ jobs: [{ hosts, command: "true" }] }] }));
    writeFileSync(join(temp.path, "list"), "@oss # of the default source\n@racks:rack2\n");
    const line = ["plan", flow, "--no-servers", "--json", "--inventory", ours];
    const limited = [
      "--limit",
      `@both,ex6,@file:${join(temp.path, "list")}`,
      "--exclude",
      "@job:y,@roles:io!example4",
    ];
    const env = { RR_GROUPS_CONF: file };
    const { code, stdout, stderr } = await runSubmit([...line, ...limited], { env });
    expect([code, stderr]).toEqual([0, ""]);
    const plan = JSON.parse(stdout) as {
      slots: [{ jobs: [{ hosts: string[] }] }];
      notes: string[];
    };
    expect(plan.slots[0].jobs[0].hosts).toEqual(["ours1", "ex0", "ex4", "ex5", "ex6", "example4"]);
    expect(plan.notes).toContain(
      `${join(temp.path, "written/groups.conf.d/gone.conf")} is left out: there is no such file`,
    );
  });
});

describe("the Tab key", () => {
  let file: string;
  beforeAll(() => (file = conf("typed", WRITTEN)));
  const words = async (typed: string): Promise<readonly string[]> =>
    (await clusterShellCandidates(file, typed)).map(({ word }) => word);

  it("shows groups of the default source and the others' names, and groups of a source that is typed", async () => {
    expect(await words("@")).toEqual(
      expect.arrayContaining(["@adm", "@nested", "@*", "@racks:", "@local:", "@job:", "@dollar:"]),
    );
    expect(await words("@racks:ra")).toEqual(
      ["rack1", "rack2", "rack3", "rack4", "rack5"].map((one) => `@racks:${one}`),
    );
    expect(await words("@job:")).toEqual(["@job:*", "@job:x1", "@job:x2", "@job:y"]);
  });

  it("shows nothing of what cannot be read", async () => {
    expect(await words("@nosuch:")).toEqual([]);
    expect(await clusterShellCandidates("/nowhere/groups.conf", "@")).toEqual([]);
  });

  it("stands on a command line with groups-conf", async () => {
    const typed = `rr-submit run --groups-conf ${file} 'db1,@racks:o`;
    const { stdout } = await runSubmit(["--get-completions", typed]);
    expect(stdout).toContain("\ndb1,@racks:old\tgroup");
  });
});

/** Groups of three sources, each of some of those before it. */
function generated(seed: number): Readonly<Record<string, Readonly<Record<string, string | string[]>>>> {
  const random = seeded(seed);
  const sources: Record<string, Record<string, string | string[]>> = { s1: {}, s2: {}, s3: {} };
  const known: (readonly [source: string, group: string])[] = [];
  const nodes = (source: string): string => {
    const [from, to] = [random.below(9), 9 + random.below(20)];
    const written = [
      `n${random.below(30)}`,
      `n[${from}-${to}]`,
      `n[${from}-${to}/${1 + random.below(4)}]`,
      `n[00${from}-0${to.toString().padStart(2, "0")},1]`,
      `r[1-${1 + random.below(3)}]-n[0${random.below(3)}-0${5 + random.below(4)}]`,
    ];
    if (known.length === 0 || random.below(2) === 0) return written[random.below(written.length)] ?? "";
    const [of, group] = known[random.below(known.length)] ?? [source, ""];
    return of === source && random.below(2) === 0 ? `@${group}` : `@${of}:${group}`;
  };
  for (let number = 0; number < 30; number += 1) {
    const source = random.pick(["s1", "s2", "s3"]);
    const set = (): string =>
      Array.from(
        { length: 1 + random.below(4) },
        (_, at) => `${at === 0 ? "" : random.pick([",", "!", "&", "^"])}${nodes(source)}`,
      ).join("");
    const value = random.pick([
      set,
      set,
      () => `${set()} ${nodes(source)}\n ${nodes(source)}`,
      () => [set(), nodes(source)],
    ])();
    (sources[source] ??= {})[`g${number}`] = value;
    known.push([source, `g${number}`]);
  }
  return sources;
}

describe("generated groups", () => {
  it("are those of nodeset -LL", async () => {
    // One process of theirs for all seeds: the sources of each have names of their own.
    const files = Array.from({ length: 8 }, (_, seed) => {
      const sources = JSON.stringify(generated(seed)).replaceAll(/\b(s[1-3])(?=:g|":)/g, `seed${seed}.$1`);
      return [`groups.d/${seed}.yaml`, sources];
    });
    const file = conf("generated", { "groups.conf": MAIN("seed0.s1"), ...Object.fromEntries(files) });
    const theirs = nodeset(file);
    expect(theirs.size).toBe(8 * 30);
    const ours = await named(file, [...theirs.keys()]);
    for (const [at, [group, hosts]] of [...theirs].entries())
      expect([group, ours[at]]).toEqual([group, hosts]);
  });
});

describe("a command", () => {
  it("is run for a group that is named, and once", async () => {
    const file = conf("lazy", {
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
      const read = await readGroupsConf(conf(name, { "groups.conf": `[s]\nmap: ${map}\n` }));
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
    expect(await problems(conf(name.replaceAll(" ", "-"), files), expressions)).toMatch(message);
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
    expect(await problems(conf(name.replaceAll(" ", "-"), files), expressions)).toMatch(message);
  });

  it("of a file that others may write, or exchange, is not run", async () => {
    const file = conf("open", {
      ...S("touch ran"),
      "groups.conf": "[Main]\nconfdir: $CFGDIR/d\n",
      "d/x.conf": "[s]\nmap: touch ran\n",
    });
    chmodSync(join(temp.path, "open/d/x.conf"), 0o666);
    expect(await problems(file, ["@g"])).toMatch(
      /^\/open\/d\/x\.conf holds commands, and none of them is run: it may be written by others than its owner/,
    );
    const exchanged = conf("exchanged", S("echo x1"));
    chmodSync(join(exchanged, ".."), 0o777);
    expect(await problems(exchanged, ["@g"])).toMatch(/none of them is run: it lies in .*chmod go-w/);
  });
});
