import { describe, expect, it } from "vitest";
import { expandHosts } from "../../src/index.ts";
import { hostsOf, problemOf } from "./hosts.ts";

describe("the bound on hosts", () => {
  it("is a million by default", () => {
    expect(problemOf(expandHosts("n[0-1000000]"))).toMatchObject({
      column: 1,
      length: 12,
      message: "1000001 hosts; at most 1000000 are allowed",
    });
  });

  it.each([
    ["a range", "n[1-11]", 1],
    ["a product of brackets", "n[1-4]x[1-3]", 1],
    ["a product beyond any number", `n${"[1-999999999]".repeat(20)}`, 1],
    ["a number of many digits", `n[1-${"9".repeat(200)}]`, 1],
    ["a sum", "a[1-6],b[1-5]", 8],
    ["what is taken out", "a[1-6]!b[1-11]", 8],
    ["what is left of ^", "a[1-6]^b[1-5]", 8],
    ["a group", "a1,@big", 4],
    ["a range of groups", "a1,@half[1-2]", 4],
  ])("holds for %s", (_, expression, column) => {
    const groups = new Map([
      ["big", "n[1-11]"],
      ["half1", "n[1-6]"],
      ["half2", "m[1-6]"],
    ]);
    const problem = problemOf(expandHosts(expression, { maxHosts: 10, groups }));
    expect(problem.column).toBe(column);
    expect(problem.message).toMatch(/hosts; at most 10 are allowed|more than 10 hosts/);
  });

  it("counts a host once, in whatever parts it is named", () => {
    const groups = new Map([["all", "n[1-10]"]]);
    const expression = "n[1-9],n[2-10],@all,@all!n1,n1^n1,n1&@all";
    expect(hostsOf(expandHosts(expression, { maxHosts: 10, groups }))).toHaveLength(10);
  });
});

describe("the time of an expansion is bounded", () => {
  it("when large ranges are named over and over", () => {
    const problem = problemOf(
      expandHosts(Array<string>(1000).fill("n[1-90000]").join("&"), { maxHosts: 90_000 }),
    );
    expect(problem.message).toBe("all operands up to here, groups included, name more than 360000 hosts");
    expect(problem.column).toBe(4 * "n[1-90000]&".length + 1);
  });

  it("when groups double from one to the next", () => {
    const groups = new Map([["g0", "n[1-10]"]]);
    for (let level = 1; level < 90; level += 1) groups.set(`g${level}`, `@g${level - 1},@g${level - 1}`);
    expect(hostsOf(expandHosts("@g89", { groups }))).toHaveLength(10);
  });

  it("when groups stand in one another without end", () => {
    const groups = new Map([["g0", "n1"]]);
    for (let level = 1; level <= 10_000; level += 1) groups.set(`g${level}`, `@g${level - 1}`);
    expect(hostsOf(expandHosts("@g99", { groups }))).toEqual(["n1"]);
    const problem = problemOf(expandHosts("db1,@g10000", { groups }));
    expect(problem).toMatchObject({ column: 5, length: 7 });
    expect(problem.message).toContain("groups stand in one another more than 100 deep");
    expect(problem.message.length).toBeLessThan(300);
  });

  it.each([
    ["open brackets", "[".repeat(500_000)],
    ["nested brackets", "[".repeat(500_000) + "]".repeat(500_000)],
    ["brackets in a row", `n${"[1]".repeat(500_000)}`],
    ["brackets in a group's name", `@n${"[1]".repeat(500_000)}`],
    ["digits", `n[${"9".repeat(1_000_000)}]`],
    ["blanks", `n[1${" ".repeat(1_000_000)}x]`],
    ["colons", ":".repeat(1_000_000)],
    ["at signs", "@".repeat(1_000_000)],
    ["users", `${"a@".repeat(500_000)}db1`],
    ["operands without a comma", `${"n[1]!".repeat(200_000)}!`],
  ])("with half a million %s", (_, expression) => {
    expect(problemOf(expandHosts(expression)).message.length).toBeLessThan(400);
  });
});
