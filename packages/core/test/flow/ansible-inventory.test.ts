import { describe, expect, test } from "vitest";
import { formatFlowProblem } from "../../src/flow/problem.ts";
import { unsoundHosts, unsoundNamed } from "../../src/flow/inventory/unsound.ts";
import { joinInventories } from "../../src/flow/inventory/join-inventories.ts";
import { loadInventory, type LoadedInventory } from "../../src/flow/inventory/load-inventory.ts";
import { expandHosts } from "../../src/hosts/expand/expand-hosts.ts";

function load(value: object, file = "inventory.json"): LoadedInventory {
  const loaded = loadInventory(JSON.stringify(value, undefined, 1), { file });
  if (!loaded.ok) throw new Error(loaded.error.map(formatFlowProblem).join("\n"));
  return loaded.value;
}

function problems(text: string): readonly string[] {
  const loaded = loadInventory(text, { file: "i" });
  return loaded.ok ? [] : loaded.error.map(({ line, message }) => `${line}: ${message}`);
}

function hostsOf({ inventory }: LoadedInventory, group: string): readonly string[] {
  const groups = new Map(Object.entries(inventory.groups ?? {}));
  const expanded = expandHosts(`@${group}`, { groups });
  return expanded.ok ? expanded.value.map(({ name }) => name) : [expanded.error.message];
}

describe("what Ansible's inventories print", () => {
  test("groups have the hosts of their children, in their order; those without hosts are none", () => {
    const loaded = load({
      _meta: { hostvars: { web2: { ansible_host: "10.0.0.2", ansible_port: "2222", color: "red" } } },
      all: { children: ["ungrouped", "prod", "nowhere"] },
      prod: { children: ["web", "db"] },
      web: { hosts: ["web10", "web2"], vars: { ansible_user: "www" } },
      db: ["db1", "web2"],
      ungrouped: { hosts: [] },
      empty: {},
    });
    expect(hostsOf(loaded, "prod")).toEqual(["web10", "web2", "db1"]);
    expect(hostsOf(loaded, "all")).toEqual(["web10", "web2", "db1"]);
    expect(Object.keys(loaded.inventory.groups ?? {}).sort()).toEqual(["all", "db", "prod", "web"]);
    expect(loaded.inventory.hosts).toEqual({
      web10: { user: "www" },
      web2: { user: "www", address: "10.0.0.2", port: 2222 },
    });
  });

  test("a child's variables go before its parent's, of one depth the last by name's, the host's own before all", () => {
    const vars = (user: string) => ({ vars: { ansible_user: user } });
    const loaded = load({
      all: { children: ["top", "a", "b"], ...vars("all") },
      top: { children: ["low"], hosts: ["h0"], ...vars("top") },
      low: { hosts: ["h1"], ...vars("low") },
      a: { hosts: ["h1", "h2", "h3"], ...vars("a") },
      b: { hosts: ["h2", "h3"], ...vars("b") },
      _meta: { hostvars: { h3: { ansible_user: "own" } } },
    });
    const users = Object.entries(loaded.inventory.hosts ?? {}).map(([host, { user }]) => [host, user]);
    expect(Object.fromEntries(users)).toEqual({ h0: "top", h1: "low", h2: "b", h3: "own" });
  });

  test("a group that stands there twice is told, since one of the two would be gone", () => {
    expect(problems('{"web": {"hosts": ["web1"]},\n "web": {"hosts": ["web2"]}}')).toEqual([
      "2: is written twice",
    ]);
  });

  test("what is wrong with the whole is told with its line", () => {
    const wrong = { _meta: {}, a: { children: ["b"] }, b: { children: ["a"] }, c: { hosts: "h1" }, d: 5 };
    const found = problems(JSON.stringify(wrong, undefined, 1));
    expect(found.map((one) => one.replace(/^\d+: /, ""))).toEqual(
      expect.arrayContaining([
        "the group contains itself: @a → @b → @a",
        "must be a list of names",
        "a group must be a list of hosts, or hold hosts, children or vars",
      ]),
    );
    expect(found.find((one) => one.includes("list of names"))).toMatch(/^1\d: /);
    expect(problems('{ "web": { "hosts": ["a",')).not.toEqual([]);
  });

  describe("what is wrong with a host", () => {
    const odd = ["h[1-2]", "-oProxyCommand=x", "a b", "a&b", "", "@web"];
    const loaded = load({
      _meta: {
        hostvars: { h1: { ansible_host: "{{ x }}", ansible_port: 0 }, h2: { ansible_ssh_user: "a b" } },
      },
      all: { children: ["web", "top", "new"] },
      web: { hosts: ["h1", "h2", "h3"] },
      top: { children: ["odd"] },
      odd: { hosts: [...odd, "h3"] },
      new: ["n1", "a b"],
    });

    test("is told where a group that has it is named, once, with its line", () => {
      const told = (...expressions: string[]) =>
        unsoundNamed(loaded.unsound, expressions).map(({ line, message }) => `${line}: ${message}`);
      expect(told("@web", "h3!h1")).toEqual([]);
      expect(told("@web,@top!@odd")).toEqual([
        '34: "h[1-2]" is no name of a host: it would be read as a host expression',
        expect.stringMatching(/^35: "-oProxyCommand=x" is no name of a host: /),
        '36: "a b" is no name of a host: white space between hosts',
        '37: "a&b" is no name of a host: it would be read as a host expression',
        '38: "" is no name of a host: it is empty',
        '39: "@web" is no name of a host: it would be read as a host expression',
      ]);
      expect(told("@all")).toHaveLength(6);
      expect(told("@new")).toHaveLength(1);
      expect(Object.keys(loaded.inventory.groups ?? {})).toEqual(["web"]);
    });

    test("is told where the host takes part, and leaves what else is known of it", () => {
      expect(unsoundHosts(loaded.unsound, [{ hosts: [{ name: "h3" }, { name: "n1" }] }])).toEqual([]);
      const told = unsoundHosts(loaded.unsound, [{ hosts: [{ name: "h1" }] }, { hosts: [{ name: "h2" }] }]);
      expect(told.map(({ message }) => message)).toEqual([
        "ansible_host of h1 is a template, which is not filled in here",
        expect.stringMatching(/^ansible_port of h1: /),
        expect.stringMatching(/^ansible_ssh_user of h2: /),
      ]);
    });

    test("is a note where neither is so, a few of many", () => {
      const notes = loaded.notes.map(({ message, warning }) => `${warning}: ${message}`);
      expect(notes).toHaveLength(6);
      expect(notes[2]).toBe(
        'false: inventory.json:36: "a b" is no name of a host: white space between hosts; no run can name what has it: @all, @odd, @top, @new',
      );
      expect(notes[5]).toBe("false: and 4 more parts of inventories cannot be taken");
    });

    test("spoils a group that two inventories have, and no other", () => {
      const ours = loadInventory("groups: { odd: x1, mine: x2 }", { file: "ours" });
      if (!ours.ok) throw new Error("not loaded");
      const { inventory } = joinInventories([ours.value, loaded]);
      expect(Object.keys(inventory?.inventory.groups ?? {}).sort()).toEqual(["mine", "web"]);
      expect(unsoundNamed(inventory?.unsound, ["@odd"])).toHaveLength(6);
      expect(unsoundNamed(inventory?.unsound, ["@mine,@web"])).toEqual([]);
    });
  });

  test("groups without anything do not hide whose file it is", () => {
    expect(load({ web: ["a"], ungrouped: {} }).inventory.groups).toEqual({ web: "a", all: "a" });
  });

  test("groups whose names no expression can hold are told", () => {
    const loaded = load({ "tag:a b": { hosts: ["h1"] }, web: { hosts: ["h1"] } });
    expect(loaded.notes.map(({ message }) => message)).toEqual([
      'groups of inventory.json that no expression can name: "tag:a b"; a name has letters, digits, _ . and -',
    ]);
  });
});

describe("several inventories", () => {
  const ours = (text: string, file: string): LoadedInventory => {
    const loaded = loadInventory(text, { file });
    if (!loaded.ok) throw new Error(loaded.error.map(formatFlowProblem).join("\n"));
    return loaded.value;
  };

  test.each([
    ["a,b", "c", ["a", "b", "c"]],
    ["a,b!b", "b,c", ["a", "b", "c"]],
    ["a", "b,c!c", ["b", "a"]],
    ["a,b!a", "a,b!b", ["b", "a"]],
  ])("a group in two has the hosts of both: %s and %s", (first, second, both) => {
    const { inventory, problems: found } = joinInventories([
      ours(`groups: {web: "${first}"}`, "one"),
      ours(`groups: {web: "${second}"}`, "two"),
    ]);
    expect(found).toEqual([]);
    expect([...hostsOf(inventory as LoadedInventory, "web")].sort()).toEqual([...both].sort());
    expect(inventory?.notes.map(({ message }) => message)).toEqual([
      "group web is in one and in two: it has the hosts of both",
    ]);
  });

  test("what they say of a host is joined, and a difference is told where it stands", () => {
    const one = ours("hosts: { db1: { user: a, env: { A: x } } }", "one");
    const two = load({ web: ["db1"], _meta: { hostvars: { db1: { ansible_host: "10.1.1.1" } } } }, "two");
    const three = ours("hosts:\n  db1:\n    user: b", "three");
    expect(joinInventories([one, two]).inventory?.inventory.hosts).toEqual({
      db1: { user: "a", env: { A: "x" }, address: "10.1.1.1" },
    });
    const { problems: found } = joinInventories([one, two, three]);
    expect(found.map(formatFlowProblem).join("\n")).toMatch(
      /^three:3:\d+: hosts\.db1\.user: user of db1 is "b" here and "a" in an inventory before/,
    );
  });
});
