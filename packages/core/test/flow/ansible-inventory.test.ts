import { describe, expect, test } from "vitest";
import { formatFlowProblem } from "../../src/flow/problem.ts";
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

  test("what is wrong is told with its line", () => {
    const wrong = {
      _meta: {
        hostvars: { h1: { ansible_host: "{{ x }}", ansible_port: 0 }, h2: { ansible_ssh_user: "a b" } },
      },
      a: { children: ["b"], hosts: ["h1", "h2", "h[1-2]", "-oProxyCommand=x", "a b"] },
      b: { children: ["a"] },
      c: { hosts: "h1" },
      d: 5,
    };
    const found = problems(JSON.stringify(wrong, undefined, 1));
    expect(found.map((one) => one.replace(/^\d+: /, ""))).toEqual(
      expect.arrayContaining([
        "ansible_host of h1 is a template, which is not filled in here",
        expect.stringMatching(/^ansible_port of h1: /),
        expect.stringMatching(/^ansible_ssh_user of h2: /),
        '"h[1-2]" is no name of a host: it would be read as a host expression',
        expect.stringMatching(/^"-oProxyCommand=x" is no name of a host: /),
        expect.stringMatching(/^"a b" is no name of a host: /),
        "the group contains itself: @a → @b → @a",
        "must be a list of names",
        "a group must be a list of hosts, or hold hosts, children or vars",
      ]),
    );
    expect(found.find((one) => one.includes("h[1-2]"))).toMatch(/^20: /);
    expect(problems('{ "web": { "hosts": ["a",')).not.toEqual([]);
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
