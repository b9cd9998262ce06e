import { describe, expect, it } from "vitest";
import { expandHosts, knownHosts, loadInventory } from "@roadrunner/core";
import { hostsInLines } from "../../src/named-hosts/host-lines.ts";
import { hasLists, maskLists } from "../../src/named-hosts/list-names.ts";

/** The lists of an expression, as they were written. */
function lists(expression: string): readonly unknown[] {
  const masked = maskLists(expression);
  if (!masked.ok) throw new Error(masked.error);
  return [...masked.value.lists.values()].map(({ list }) => list);
}

describe("lists in a host expression", () => {
  it.each([
    ["@-", [{ kind: "stdin" }]],
    [" @- ", [{ kind: "stdin" }]],
    ["@file:/etc/hosts.txt", [{ kind: "file", path: "/etc/hosts.txt" }]],
    ["@file:a b:c.txt,db1", [{ kind: "file", path: "a b:c.txt" }]],
    ["@file:a.txt{rack=r7,zone=eu},db1", [{ kind: "file", path: "a.txt" }]],
    ["@-{rack=r7}", [{ kind: "stdin" }]],
    ["@failed:last{rack=r[1-3]}", [{ kind: "run", outcome: "failed", run: "last" }]],
    ["@failed:last", [{ kind: "run", outcome: "failed", run: "last" }]],
    ["db[1-9]&@ok:20261124-09!@-", [{ kind: "run", outcome: "ok", run: "20261124-09" }, { kind: "stdin" }]],
    [
      "@timedOut:last,@unknown:last",
      [
        { kind: "run", outcome: "timedOut", run: "last" },
        { kind: "run", outcome: "unknown", run: "last" },
      ],
    ],
  ])("%s", (expression, found) => {
    expect(lists(expression)).toEqual(found);
    expect(hasLists(expression)).toBe(true);
  });

  it.each([
    "db1",
    "@web",
    "root@db1:22",
    "root@file:22",
    "@web-1",
    "@-web",
    "db1,@web[1-3]",
    "@rack:a1",
    "@faild:last",
  ])("%s has none", (expression) => {
    expect(maskLists(expression)).toEqual({ ok: true, value: { expression, lists: new Map() } });
    expect(hasLists(expression)).toBe(false);
  });

  it.each([
    ["@failed:", "@failed:: a run is missing, such as @failed:last"],
    ["@file:", "@file:: a file's path is missing"],
  ])("%s is refused", (expression, message) => {
    const masked = maskLists(expression);
    expect(masked.ok ? "" : masked.error.slice(0, message.length)).toBe(message);
  });

  it("become groups that stand where they stood, whatever else is there", () => {
    const written = "@-,@file:x,db[1-3]!@failed:last,@-";
    const masked = maskLists(written);
    if (!masked.ok) throw new Error(masked.error);
    const { expression, lists: named } = masked.value;
    expect(expression).toHaveLength(written.length);
    expect(expression.indexOf("db[1-3]")).toBe(written.indexOf("db[1-3]"));
    expect(new Set(named.keys()).size).toBe(named.size);
    const groups = new Map(
      [...named].map(([name, { list }], index) => [name, list.kind === "stdin" ? "s1" : `x${index},db2`]),
    );
    const hosts = expandHosts(expression, { groups });
    expect(hosts.ok && hosts.value.map(({ name }) => name)).toEqual(["s1", "x1", "db1", "db3"]);
  });
});

describe("a file of hosts", () => {
  const inventory = loadInventory(
    "groups: { web: 'fe[1-2]', no: x9 }\nhosts: { fe1: { labels: { rack: r1 } } }",
    { file: "i" },
  );
  if (!inventory.ok) throw new Error("no inventory");
  const known = knownHosts(undefined, inventory.value);

  it("has an expression a line, comments and empty lines", () => {
    const text = "\ufeff# mine\r\ndb[1-3]!db2  # not that\n\n  @web\nroot@x:2222\ndb1\n";
    expect(hostsInLines(text, "hosts.txt", known)).toEqual({
      ok: true,
      value: "db1,db3,fe1,fe2,root@x:2222",
    });
  });

  it("has hosts chosen by labels; one that chooses none is wrong", () => {
    expect(hostsInLines("@web{rack=r1}\ndb1!db1\n", "h.txt", known)).toEqual({ ok: true, value: "fe1" });
    const told = hostsInLines("db1\n @web{rack=r2} # old\n", "h.txt", known);
    expect(told.ok ? "" : told.error.join("\n")).toMatch(
      /^h\.txt:2:7: no host of @web has rack=r2\n.*\n +\| +\^\n {2}there is r1$/s,
    );
  });

  it.each(["", "\n\n", "# none\n"])("%j names no host", (text) => {
    expect(hostsInLines(text, "<stdin>", known)).toEqual({ ok: false, error: ["<stdin> names no host"] });
  });

  it("tells each line that is wrong, with its place", () => {
    const told = hostsInLines("db1\ndb1 db2\ndb[1-\n@nope\n\0\n", "h.txt", known);
    if (told.ok) throw new Error("it is fine");
    expect(told.error.map((text) => text.split("\n")[0])).toEqual([
      "h.txt:2:4: white space between hosts",
      'h.txt:3:3: this "[" is never closed',
      "h.txt:4:1: there is no group @nope",
      expect.stringMatching(/^h\.txt:5:1: /),
    ]);
    expect(told.error.join("")).not.toContain("\0");
  });

  it("tells so many lines, and counts the rest", () => {
    const told = hostsInLines("a b\n".repeat(1000), "h.txt", known);
    expect(told).toMatchObject({ ok: false });
    expect(told.ok ? [] : told.error).toHaveLength(21);
    expect(told.ok ? "" : told.error.at(-1)).toBe("h.txt: and 980 more lines are wrong");
  });
});
