import { describe, expect, test } from "vitest";
import { labelOf } from "../../../src/flow/inventory/host-entries.ts";
import { joinInventories } from "../../../src/flow/inventory/join-inventories.ts";
import { loadInventory, type LoadedInventory } from "../../../src/flow/inventory/load-inventory.ts";
import { knownHosts } from "../../../src/flow/plan/known-hosts.ts";
import { formatFlowProblem, type FlowProblem } from "../../../src/flow/problem.ts";
import { shortly } from "../reading.ts";

function inventoryOf(hosts: object, file = "inventory.yaml"): LoadedInventory {
  const loaded = loadInventory(JSON.stringify({ hosts }), { file });
  if (!loaded.ok) throw new Error(loaded.error.map(formatFlowProblem).join("\n"));
  return loaded.value;
}

function read(inventory: LoadedInventory): Pick<ReturnType<typeof knownHosts>, "entries"> & {
  readonly problems: readonly FlowProblem[];
} {
  const { entries, problems } = knownHosts(undefined, inventory);
  return { entries, problems: problems.map(({ problem }) => problem) };
}

function faults(labels: unknown): readonly string[] {
  const loaded = loadInventory(JSON.stringify({ hosts: { db1: { labels } } }), { file: "i" });
  return loaded.ok ? [] : loaded.error.map(({ message }) => message);
}

describe("labels of an inventory's entries", () => {
  test("are joined, each by its name", () => {
    const { entries, problems } = read(
      inventoryOf({
        "db[1-3]": { labels: { zone: "eu-1" }, env: { A: "a" } },
        db2: { labels: { rack: "r7" } },
        "db[2-3]": { labels: { zone: "eu-1", "lb.pool": "Row 3 (old)" }, env: { B: "b" } },
      }),
    );
    expect(problems).toEqual([]);
    expect([...entries]).toEqual([
      ["db1", { labels: { zone: "eu-1" }, env: { A: "a" } }],
      ["db2", { labels: { zone: "eu-1", rack: "r7", "lb.pool": "Row 3 (old)" }, env: { A: "a", B: "b" } }],
      ["db3", { labels: { zone: "eu-1", "lb.pool": "Row 3 (old)" }, env: { A: "a", B: "b" } }],
    ]);
  });

  test("differ where two entries give one label two values, told once for each entry", () => {
    const { problems } = read(
      inventoryOf({
        "db[1-3]": { labels: { rack: "r7" } },
        "db[2-3]": { labels: { rack: "r8", zone: "eu" } },
      }),
    );
    expect(shortly(problems).map((text) => text.replace(/^\S+ /, ""))).toEqual([
      'hosts["db[2-3]"].labels.rack: label rack of db2 is "r8" here and "r7" in an entry above',
    ]);
  });

  test("differ where two inventories do", () => {
    const one = inventoryOf({ db1: { labels: { rack: "r7", zone: "eu" } } }, "one.yaml");
    const two = inventoryOf({ db1: { labels: { rack: "r8", zone: "eu" } } }, "two.yaml");
    expect(joinInventories([one, two]).problems).toMatchObject([
      {
        file: "two.yaml",
        path: "hosts.db1.labels.rack",
        message: 'label rack of db1 is "r8" here and "r7" in an inventory before',
      },
    ]);
  });

  test("may be called what every object has", () => {
    const { entries, problems } = read(
      inventoryOf({
        "db[1-2]": { labels: { zone: "eu" }, env: { zone: "eu" } },
        db1: { labels: { constructor: "acme" }, env: { constructor: "acme" } },
      }),
    );
    expect(problems).toEqual([]);
    const [first, second] = ["db1", "db2"].map((host) => labelOf(entries.get(host), "constructor"));
    expect([first, second]).toEqual(["acme", undefined]);
    expect(labelOf(undefined, "zone")).toBeUndefined();
  });

  test.each(["r7", "7", "eu-west/1.2:a+b", "Straße 3", "a b", "%x", "x".repeat(64)])("value %j", (value) => {
    expect(faults({ rack: value })).toEqual([]);
  });

  test.each([
    ...Array.from("\t\n,=!&^@#*?{}[]\\'\"`"),
    "",
    " a",
    "a ",
    "a  b",
    "a\u202eb",
    "x".repeat(65),
    7,
    true,
    null,
    {},
  ])("no value: %j", (value) => {
    expect(faults({ rack: typeof value === "string" && value.length === 1 ? `a${value}b` : value })).toEqual([
      expect.stringContaining("must be a text of 1 to 64 printable characters"),
    ]);
  });

  test.each(["rack", "Rack_2", "_x", "topology.zone", "a-b"])("name %j", (name) => {
    expect(faults({ [name]: "a" })).toEqual([]);
  });

  test.each(["", "7", "-a", "a b", "a=b", "a,b", "ä", "x".repeat(65)])("no name: %j", (name) => {
    expect(faults({ [name]: "a" })).toEqual([expect.stringContaining("is no name of a label")]);
  });

  test("are labels in { }", () => {
    expect(faults("rack=r7")).toEqual(['must be labels and their values in { }, not "rack=r7"']);
  });
});
