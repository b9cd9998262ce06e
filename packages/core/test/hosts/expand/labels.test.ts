import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HostLabels } from "../../../src/hosts/expand/host-labels.ts";
import { unlabelledIn } from "../../../src/hosts/expand/unlabelled.ts";
import { expandHosts } from "../../../src/index.ts";
import { hostsOf, problemOf } from "../hosts.ts";

const KNOWN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  db1: { rack: "r1", zone: "eu" },
  db2: { rack: "r2", zone: "eu" },
  db3: { rack: "r1", zone: "us" },
  db4: { zone: "us" },
  fe1: { rack: "r1", zone: "eu", room: "Row 3 (old)" },
  fe2: { rack: "r10", zone: "eu" },
  "2001:db8::1": { rack: "r1" },
};
const labels = new HostLabels(
  new Map(Object.entries(KNOWN).map(([host, known]) => [host, { labels: known }] as const)),
);
const groups = new Map([
  ["all", "fe2,root@fe1:22,db[1-4],x1"],
  ["db", "db[1-4]"],
  ["fe", "fe[1-2]"],
  ["west", "@all{zone=us}"],
  ["none", "x1"],
  ["racks:a", "db[1-2]"],
  ["racks:*", "@racks:a,fe2"],
  ["far", "2001:db8::[1-2]"],
  ["unasked", "@fe{room=Row 3 (old)}"],
]);

const expand = (expression: string, allowEmpty = false): readonly string[] =>
  hostsOf(expandHosts(expression, { groups, labels, allowEmpty }));

describe("labels choose", () => {
  it.each<[string, readonly string[]]>([
    ["@all{rack=r1}", ["root@fe1:22", "db1", "db3"]],
    ["@all{rack=r1,zone=eu}", ["root@fe1:22", "db1"]],
    ["@all{zone=eu,rack=r1}", ["root@fe1:22", "db1"]],
    ["@all{ rack = r1 , zone = eu }", ["root@fe1:22", "db1"]],
    ["@all{rack=r[1-2]}", ["root@fe1:22", "db1", "db2", "db3"]],
    ["@all{rack=r[2,10]}", ["fe2", "db2"]],
    ["@all{rack=r[1,1]}!fe1", ["db1", "db3"]],
    ["@fe{room=Row 3 (old)}", ["fe1"]],
    ["db[1-4]{zone=us}", ["db3", "db4"]],
    ["db[4,3,4]{zone=us}", ["db4", "db3"]],
    ["@db!@db{rack=r1}", ["db2", "db4"]],
    ["@db{rack=r1}^@west", ["db1", "db4"]],
    ["@west{rack=r1}", ["db3"]],
    ["@racks:*{rack=r[1,10]}", ["db1", "fe2"]],
    ["@racks:a{rack=r2}", ["db2"]],
    ["root@[2001:db8::1]:22{rack=r1}", ["root@[2001:db8::1]:22"]],
    ["@far{rack=r1}", ["2001:db8::1"]],
    ["x9,@west&db[1-3]{rack=r1}", ["db3"]],
  ])("%s", (expression, hosts) => {
    expect(expand(expression)).toEqual(hosts);
  });

  it("no host where that is allowed, but not by a name that nobody has", () => {
    expect(expand("@none{rack=r1}", true)).toEqual([]);
    expect(expand("@db{rack=r10}", true)).toEqual([]);
    expect(expand("@db{rack=r[1-10]}", true)).toEqual(["db1", "db2", "db3"]);
    expect(expand("@db{rack=r2,zone=us}", true)).toEqual([]);
    expect(problemOf(expandHosts("@db{rak=r1}", { groups, labels, allowEmpty: true })).message).toBe(
      'no host of @db has the label "rak"',
    );
    // What was empty and fine before is not so where it may not be.
    expect(expand("@west{rack=r10}", true)).toEqual([]);
    expect(problemOf(expandHosts("@west{rack=r10}", { groups, labels })).message).toBe(
      "no host of @west has rack=r10",
    );
  });

  it("names of what every object has are no labels", () => {
    expect(problemOf(expandHosts("@db{constructor=x}", { groups, labels })).message).toContain(
      "no host of @db",
    );
  });
});

it("choose those that a look at each host chooses, in the order of the group", () => {
  const name = fc.integer({ min: 1, max: 30 }).map((number) => `n${number}`);
  const value = fc.integer({ min: 1, max: 4 });
  const known = fc.dictionary(
    name,
    fc.record({ rack: value.map((number) => `r${number}`), zone: value.map(String) }, { requiredKeys: [] }),
  );
  const hosts = fc.uniqueArray(name, { minLength: 1 });
  const range = fc.tuple(value, value).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  fc.assert(
    fc.property(known, hosts, range, value, (all, members, [first, last], zone) => {
      const own = new HostLabels(new Map(Object.entries(all).map(([host, one]) => [host, { labels: one }])));
      const options = { groups: new Map([["g", members.join(",")]]), labels: own, allowEmpty: true };
      const racks = Array.from({ length: last - first + 1 }, (_, index) => `r${first + index}`);
      const inRack = members.filter((host) => racks.includes(all[host]?.rack ?? ""));
      const expanded = expandHosts(`@g{rack=r[${first}-${last}]}`, options);
      const both = expandHosts(`@g{zone=${zone},rack=r[${first}-${last}]}`, options);
      // A label that nobody has is always a problem.
      if (expanded.ok) expect(hostsOf(expanded)).toEqual(inRack);
      else expect(own.names.has("rack")).toBe(false);
      if (both.ok) expect(hostsOf(both)).toEqual(inRack.filter((host) => all[host]?.zone === String(zone)));
      const strict = expandHosts(`@g{rack=r${first}}`, { ...options, allowEmpty: false });
      expect(strict.ok).toBe(members.some((host) => all[host]?.rack === `r${first}`));
    }),
    { numRuns: 300 },
  );
});

describe("hosts without a label", () => {
  const told = (...expressions: readonly string[]): readonly string[] => {
    for (const expression of expressions) expand(expression);
    return Array.from(
      unlabelledIn(expressions, { groups, labels }),
      ({ written, label, hosts, of }) => `${written} ${label}: ${hosts.join(" ")} of ${of}`,
    );
  };

  it("are told of what was chosen from, each once, also in groups", () => {
    expect(told("@all{rack=r1}", "@all{rack=r10}!db1", "db[1-4]{rack=r1}", "@west,@fe")).toEqual([
      "@all rack: db4 x1 of 7",
      "db[1-4] rack: db4 of 4",
      "@all zone: x1 of 7",
    ]);
    expect(told("db1,db2", "@db")).toEqual([]);
    expect(told("@fe{rack=r1}")).toEqual([]);
  });
});
