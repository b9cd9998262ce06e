import { describe, expect, test } from "vitest";
import { formatFlowProblem } from "../../src/flow/problem.ts";
import { labelsNobodyHas } from "../../src/flow/inventory/labels-nobody-has.ts";
import { loadInventory, type LoadedInventory } from "../../src/flow/inventory/load-inventory.ts";

function load(value: object, labels: readonly string[]): LoadedInventory {
  const loaded = loadInventory(JSON.stringify(value), { file: "hosts.json", labels });
  if (!loaded.ok) throw new Error(loaded.error.map(formatFlowProblem).join("\n"));
  return loaded.value;
}

const messages = ({ notes }: LoadedInventory): readonly string[] => notes.map(({ message }) => message);

describe("variables of Ansible that --labels names", () => {
  const inventory = {
    _meta: {
      hostvars: {
        web1: { rack: "r7", ansible_host: "10.0.0.1", color: "red" },
        web2: { rack: 7, spare: true, weight: 1.5, color: "red" },
        web3: { rack: null },
      },
    },
    all: { children: ["eu", "web"], vars: { Zone_ID: "none", color: "grey" } },
    eu: { children: ["web"], vars: { Zone_ID: "eu", rack: "r1" } },
    web: { hosts: ["web1", "web2", "web3"], vars: { Zone_ID: "eu-1" } },
  };

  test("become labels, numbers and true or false as text, by the depth of their groups", () => {
    const loaded = load(inventory, ["rack", "Zone_ID", "spare", "weight"]);
    expect(loaded.inventory.hosts).toEqual({
      web1: { address: "10.0.0.1", labels: { rack: "r7", Zone_ID: "eu-1" } },
      web2: { labels: { rack: "7", Zone_ID: "eu-1", spare: "true", weight: "1.5" } },
      web3: { labels: { Zone_ID: "eu-1" } },
    });
    expect(messages(loaded)).toEqual([]);
  });

  test("are no labels unless they are named, and never environment", () => {
    expect(load(inventory, []).inventory.hosts).toEqual({ web1: { address: "10.0.0.1" } });
    expect(load(inventory, ["constructor", "__proto__", "toString"]).inventory.hosts).toEqual({
      web1: { address: "10.0.0.1" },
    });
  });

  test("with a value that no expression can write are told by what it is, with their hosts", () => {
    const hostvars = {
      web1: { rack: ["r1"], zone: "a,b" },
      web2: { rack: ["r2", "r3"], zone: "c d=e" },
      web3: { rack: { id: 7 }, zone: "{{ x }}" },
      web4: { rack: "", zone: "x".repeat(65) },
      web5: { rack: "r5", zone: "eu" },
    };
    const loaded = load({ _meta: { hostvars }, web: Object.keys(hostvars) }, ["rack", "zone"]);
    expect(loaded.inventory.hosts).toEqual({ web5: { labels: { rack: "r5", zone: "eu" } } });
    const rule = "it must be a text of 1 to 64 printable characters, without";
    expect(messages(loaded)).toEqual([
      "the variable rack of web[1-2] in hosts.json is not taken as a label: a list is no value of a label",
      expect.stringContaining(
        `zone of web[1-2,4] in hosts.json is not taken as a label: "a,b" is no value of a label; ${rule}`,
      ),
      "the variable rack of web3 in hosts.json is not taken as a label: an object is no value of a label",
      "the variable zone of web3 in hosts.json is not taken as a label: a template is not filled in here",
      expect.stringContaining(
        'rack of web4 in hosts.json is not taken as a label: "" is no value of a label',
      ),
    ]);
  });
});

describe("names that no host has", () => {
  const ansible = load({ _meta: { hostvars: { a: { rack: "r1", zone: ["x"] } } }, web: ["a"] }, ["rak"]);
  const loaded = loadInventory("hosts: { b: { labels: { shard: '7' } } }", { file: "ours.yaml" });
  if (!loaded.ok) throw new Error("no inventory");
  const ours = loaded.value;

  test("are warned of, with what was meant", () => {
    expect(labelsNobodyHas(["rak", "zone", "shard", "q"], [ansible, ours])).toEqual([
      {
        kind: "inventory",
        warning: true,
        message: "--labels rak: no host of the inventories has such a variable or label; did you mean rack?",
      },
      {
        kind: "inventory",
        warning: true,
        message: "--labels q: no host of the inventories has such a variable or label",
      },
    ]);
    expect(labelsNobodyHas(["rack"], [])).toEqual([]);
    expect(labelsNobodyHas([], [ansible])).toEqual([]);
  });
});
