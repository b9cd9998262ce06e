import { describe, expect, it } from "vitest";
import { expandHosts } from "../../../src/index.ts";
import { hostsOf, problemOf } from "../hosts.ts";

const groups = new Map([
  ["db", "db[1-4]"],
  ["rack1", "db1,fe[1-2]"],
  ["rack2", "db2,fe[3-4]"],
  ["all", "@rack[1-2],@db"],
  ["canary", "root@db1"],
  ["a.b-c_d", "x1"],
  ["none", "db1!db1"],
  ["broken", "fe[1-2],db[3-1]"],
  ["outer", "fe1,@broken"],
  ["outermost", "@outer"],
  ["empty", ""],
  ["racks:r1", "a[1-2]"],
  ["racks:r2", "a[2-3]"],
  ["racks:*", "@racks:r[1-2],a9"],
  ["*", "@db"],
  ["lost", "db1,@wbe"],
  ["self", "@self"],
  ["x", "fe1,@y"],
  ["y", "@z!fe9"],
  ["z", "@y"],
]);

const expand = (expression: string): readonly string[] => hostsOf(expandHosts(expression, { groups }));
const problem = (expression: string) => problemOf(expandHosts(expression, { groups }));

describe("groups", () => {
  it("stand for their hosts, in their order", () => {
    expect(expand("db3,@all")).toEqual(["db3", "db1", "fe1", "fe2", "db2", "fe3", "fe4", "db4"]);
  });

  it("are one operand: their operators apply within", () => {
    expect(expand("@db!@rack[1-2]")).toEqual(["db3", "db4"]);
    expect(expand("fe1,@none")).toEqual(["fe1"]);
  });

  it("take letters, digits, . - and _ in their names", () => {
    expect(expand("@a.b-c_d")).toEqual(["x1"]);
  });

  it("of a source stand behind its name; * is the group of all its hosts", () => {
    expect(expand("@racks:r[1-2]!@racks:r2")).toEqual(["a1"]);
    expect(expand("@racks:*&@racks:r2,@*")).toEqual(["a2", "a3", "db1", "db2", "db3", "db4"]);
  });

  it.each([
    ["@rack:r1", "did you mean @racks:r1?"],
    [
      "@slurm:idle",
      "groups of ClusterShell come with --groups-conf FILE; lists are @-, @file:PATH and @OUTCOME:RUN, as in @failed:last",
    ],
  ])("of a source that there is not are told what to do: %s", (expression, hint) => {
    expect(problem(expression)).toMatchObject({ message: `there is no group ${expression}`, hint });
  });

  it("keep the users written in them", () => {
    expect(expand("@canary")).toEqual(["root@db1"]);
    expect(problem("@canary,@db").message).toBe("the host db1 is named twice, as root@db1 and as db1");
  });

  it("are evaluated once for each expansion and not changed by it", () => {
    expect(expand("@db!db1,@db")).toEqual(["db2", "db3", "db4", "db1"]);
    expect(expand("@rack[1-2]!db1^@rack[1-2]")).toEqual(["db1"]);
  });

  it("may be empty, the expression may not", () => {
    expect(problem("@none").message).toBe("no host is left of this expression");
  });
});

describe("a problem with a group stands at the @group of the expression", () => {
  it.each([
    ["fe1,@broken", 5, 7, "in the group @broken, column 12: the range 3-1 runs backwards"],
    [
      "fe1!@outermost",
      5,
      10,
      "in the group @broken (@outermost → @outer → @broken), column 12: the range 3-1 runs backwards",
    ],
    ["@empty", 1, 6, "in the group @empty, column 1: the host expression is empty"],
    ["@lost", 1, 5, "in the group @lost, column 5: there is no group @wbe"],
    ["@self", 1, 5, "in the group @self, column 1: the group @self contains itself: @self → @self"],
    ["db1,@x", 5, 2, "in the group @z (@x → @y → @z), column 1: the group @y contains itself: @y → @z → @y"],
  ])("%s", (expression, column, length, message) => {
    expect(problem(expression)).toMatchObject({ column, length, message });
  });
});

describe("an unknown group", () => {
  it.each([
    ["db1,@nosuch", 5, "groups: @db, @rack1, @rack2, @all, @canary, @a.b-c_d, @none, @broken, …"],
    ["@DB", 1, "did you mean @db?"],
    ["@outre", 1, "did you mean @outer?"],
    ["@rack[2-3]", 1, "did you mean @rack1?"],
    ["@rack[1-99999999999999999999]", 1, "did you mean @rack1?"],
  ])("is a problem: %s", (expression, column, hint) => {
    expect(problem(expression)).toMatchObject({ column, hint });
  });

  it("is told when there are none at all", () => {
    expect(problemOf(expandHosts("@db"))).toMatchObject({
      message: "there is no group @db",
      hint: "no groups are defined",
    });
  });
});
