import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clusterShellCandidates } from "../../packages/flow-client/src/cli/complete-clustershell.ts";
import { GroupsConfFolder, hostsIn, MAIN, named } from "../support/groups-conf-folder.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { findProgram } from "../support/programs.ts";
import { seeded } from "../support/random.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

const temp = makeTempDir("clustershell");
let folder: GroupsConfFolder;
beforeAll(() => (folder = new GroupsConfFolder(temp.path)));
afterAll(() => temp.remove());

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
    file = folder.conf("written", WRITTEN);
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
  beforeAll(() => (file = folder.conf("typed", WRITTEN)));
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
    const file = folder.conf("generated", { "groups.conf": MAIN("seed0.s1"), ...Object.fromEntries(files) });
    const theirs = nodeset(file);
    expect(theirs.size).toBe(8 * 30);
    const ours = await named(file, [...theirs.keys()]);
    for (const [at, [group, hosts]] of [...theirs].entries())
      expect([group, ours[at]]).toEqual([group, hosts]);
  });
});
