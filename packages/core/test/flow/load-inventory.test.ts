import { describe, expect, test } from "vitest";
import { loadInventory } from "../../src/flow/inventory/load-inventory.ts";
import { shortly } from "./reading.ts";

function problems(text: string): readonly string[] {
  const loaded = loadInventory(text, { file: "inventory.yaml" });
  return loaded.ok ? [] : shortly(loaded.error);
}

describe("loadInventory", () => {
  test("reads what is written", () => {
    const text =
      "groups: {web: 'web[1-3]'}\nhosts:\n  '@web': {user: u, port: 22, address: 10.0.0.1, pool: p, env: {A: b}}\n  db1: {}";
    const loaded = loadInventory(text, { file: "i" });
    expect(loaded.ok && loaded.value.inventory).toEqual({
      groups: { web: "web[1-3]" },
      hosts: { "@web": { user: "u", port: 22, address: "10.0.0.1", pool: "p", env: { A: "b" } }, db1: {} },
    });
  });

  test.each([
    ["INI", 3, "# ours\n\n[web]\nweb1 ansible_host=10.0.0.1\nweb2\n\n[db:children]\nold\n"],
    ["INI", 1, "[all:vars]\nansible_user=deploy\n"],
    ["INI", 2, "web1\nweb2 ansible_port=2222\n"],
    ["INI", 1, "\ufeff[web]\r\nweb1\r\n"],
    ["YAML", 2, "---\nall:\n  hosts:\n    web1:\n      ansible_host: 10.0.0.1\n"],
  ])("says that it looks like one of Ansible's, once: %s, line %i", (format, line, text) => {
    const loaded = loadInventory(text, { file: "hosts" });
    expect(loaded.ok ? [] : loaded.error).toMatchObject([
      {
        line,
        message: `this looks like an Ansible ${format} inventory, which is not read as it is`,
        hint: expect.stringContaining("ansible-inventory -i FILE --list") as string,
      },
    ]);
  });

  test.each(["# x\n[Main]\n\n# y\ndefault: local\n", "[web]\na\n[local]\nMAP = sed x\n"])(
    "tells a groups.conf of ClusterShell, and how to give it: %j",
    (text) => {
      const loaded = loadInventory(text, { file: "groups.conf" });
      expect(loaded.ok ? [] : loaded.error).toMatchObject([
        {
          message: "this looks like a groups.conf of ClusterShell",
          hint: "give it as it is, in place of --inventory: --groups-conf FILE",
        },
      ]);
    },
  );

  test("does not take a faulty inventory for one of Ansible's", () => {
    for (const text of ['{"groups": [1]}', "groups:\n  web:\n    - a[1]\n", "hosts:\n  all:\n    hosts: 1\n"])
      expect(problems(text).join("\n")).not.toContain("Ansible");
  });

  test("an empty object is an inventory", () => {
    expect(problems("{}")).toEqual([]);
  });

  test.each(["10.0.0.1", "2001:db8::1", "fe80::1%eth0", "db.example.com", "db_1"])(
    "address %s",
    (address) => {
      expect(problems(JSON.stringify({ hosts: { db1: { address } } }))).toEqual([]);
    },
  );

  test.each<[object, string]>([
    [
      { address: "me@db1" },
      'address: must be a host name or an IP address, without user and port, not "me@db1"',
    ],
    [{ address: "-oX" }, 'address: must be a host name or an IP address, without user and port, not "-oX"'],
    [{ port: 0 }, "port: must be a port, 1 to 65535, not 0"],
    [{ port: "22" }, 'port: must be a port, 1 to 65535, not "22"'],
    [{ adress: "x" }, 'adress: unknown key "adress"'],
    [{ env: { RR_X: "" } }, "env.RR_X: RR_X: variables that begin with RR_ are Roadrunner's own"],
  ])("%j", (entry, problem) => {
    expect(problems(JSON.stringify({ hosts: { db1: entry } }))).toEqual([
      expect.stringContaining(`hosts.db1.${problem}`),
    ]);
  });

  test("tells every problem at once, keys by their column", () => {
    const text = "groups:\n  a b: x\n  c: 'x['\nhosts:\n  db1,db[5-1]: {}\n  db2: {prot: 5}\nuser: x";
    expect(problems(text)).toEqual([
      '2:3 groups["a b"]: "a b" is no name of a group: letters, digits, _ . and -',
      '3:8 groups.c: this "[" is never closed',
      '5:10 hosts["db1,db[5-1]"]: the range 5-1 runs backwards',
      '6:9 hosts.db2.prot: unknown key "prot"',
      '7:1 user: unknown key "user"',
    ]);
  });

  test("says where a key belongs", () => {
    const loaded = loadInventory("user: x", { file: "i" });
    expect(loaded.ok || loaded.error[0]?.hint).toBe('user belongs in an entry of "hosts"');
  });
});
