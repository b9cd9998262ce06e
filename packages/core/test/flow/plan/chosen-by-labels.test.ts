import { describe, expect, test } from "vitest";
import {
  flow,
  job,
  jobOf,
  names,
  oneJob,
  planOf,
  planProblems,
  type Around,
  type Written,
} from "../reading.ts";

const inventory = {
  groups: { web: "web[1-4]", west: "@web{zone=us}", spare: "@web{rack=r2}" },
  hosts: {
    "web[1-2]": { labels: { zone: "eu" } },
    "web[3-4]": { labels: { zone: "us" } },
    "web1,web3": { labels: { rack: "r1" } },
    web4: { labels: { rack: "r2" } },
  },
};

const hostsOf = (hosts: unknown, around: Around = {}, more: Written = {}): readonly string[] =>
  names(jobOf(planOf(oneJob({ hosts, ...more }), { inventory, ...around })));

const faults = (hosts: unknown, around: Around = {}, more: Written = {}): readonly string[] =>
  planProblems(oneJob({ hosts }, more), { inventory, ...around });

describe("hosts are chosen by labels", () => {
  test("in jobs, in their lists, in groups of both files, in parameters", () => {
    expect(hostsOf("@web{rack=r1}")).toEqual(["web1", "web3"]);
    expect(hostsOf(["@west", "web[1-2]{rack=r1}"])).toEqual(["web3", "web4", "web1"]);
    const own = flow([[job({ hosts: "@east!@west" })]], { groups: { east: "@web{zone=eu}" } });
    expect(names(jobOf(planOf(own, { inventory })))).toEqual(["web1", "web2"]);
    const given = flow([[job({ hosts: { param: "targets" } })]], {
      params: { targets: { type: "hosts", default: "@west{rack=r1}" } },
    });
    expect(names(jobOf(planOf(given, { inventory })))).toEqual(["web3"]);
  });

  test("in --limit and --exclude", () => {
    expect(hostsOf("@web", { limit: "@web{zone=eu}" })).toEqual(["web1", "web2"]);
    expect(hostsOf("@web", { exclude: ["@web{zone=eu}", "@web{rack=r2}"] })).toEqual(["web3"]);
  });

  test("none of them only where that is allowed", () => {
    expect(faults("@west{zone=eu}")).toEqual(["1:36 slots[0].jobs[0].hosts: no host of @west has zone=eu"]);
    expect(hostsOf("@west{zone=eu}", {}, { allowEmpty: true })).toEqual([]);
    expect(faults("@web", { exclude: ["@west{zone=eu}"] })).toEqual(["1:7 : no host of @west has zone=eu"]);
  });

  test("a group that chooses none is told where it is used, and not where it is not", () => {
    const emptied = {
      ...inventory,
      groups: { ...inventory.groups, old: "@web{rack=r9}" },
    };
    expect(hostsOf("@web", { inventory: emptied })).toHaveLength(4);
    expect(faults("@web,@old", { inventory: emptied })).toEqual([
      "1:35 slots[0].jobs[0].hosts: in the group @old, column 6: no host of @web has rack=r9",
    ]);
  });

  test("a group with a label that nobody has is told at the group, once", () => {
    const wrong = { ...inventory, groups: { ...inventory.groups, old: "@web{rak=r1}" } };
    const text = oneJob({ hosts: "@old" });
    expect(planProblems(text, { inventory: wrong })).toEqual([
      expect.stringMatching(/^1:\d+ groups\.old: no host of @web has the label "rak"$/),
    ]);
  });
});

describe("entries of an inventory", () => {
  test.each([
    [{ groups: { r1: "@web{rack=r1}" }, key: "@r1" }, "in the group @r1, column 6: "],
    [{ groups: {}, key: "@web{rack=r1}" }, ""],
    [{ groups: {}, key: "web[1-4]{rack=r1}" }, ""],
    [
      { groups: { r1: "@web{rack=r1}", r: "@r1" }, key: "web9,@r" },
      "in the group @r1 (@r → @r1), column 6: ",
    ],
  ])("cannot be chosen by labels, which are read from them: %j", ({ groups, key }, where) => {
    const around = {
      inventory: {
        groups: { ...inventory.groups, ...groups },
        hosts: { ...inventory.hosts, [key]: { labels: { shard: "7" } } },
      },
    };
    const [problem, ...others] = faults("@web", around);
    expect(others).toEqual([]);
    expect(problem).toMatch(/^1:\d+ hosts\[/);
    expect(
      problem?.endsWith(
        `${where}hosts cannot be chosen by labels here: labels are read from these very entries`,
      ),
    ).toBe(true);
  });

  test("are read before the groups that choose by their labels", () => {
    const around = {
      inventory: {
        groups: { r1: "@all{rack=r1}", all: "a[1-3]" },
        hosts: { "@all!a3": { labels: { rack: "r1" } } },
      },
    };
    expect(hostsOf("@r1", around)).toEqual(["a1", "a2"]);
  });
});

describe("hosts without a label that is chosen by", () => {
  const notes = (hosts: unknown, around: Around = {}): readonly string[] =>
    planOf(oneJob({ hosts }), { inventory, ...around }).notes.map(({ message }) => message);
  const ofRack = '1 of the 4 hosts of @web has no label "rack" and is not chosen by @web{rack=…}: web2';

  test("are named in the plan, once, wherever it is chosen", () => {
    expect(notes(["@web{rack=r1}", "web2,@web{rack=r2}"])).toEqual([ofRack]);
    expect(notes("@spare")).toEqual([ofRack]);
    const job = oneJob({ hosts: "@web{rack=r2}", allowEmpty: true });
    expect(planOf(job, { inventory }).notes).toEqual([
      { kind: "hostsLeftOut", warning: false, message: ofRack },
    ]);
    expect(notes("@web", { limit: "@web{rack=r1}" })).toContain(ofRack);
  });

  test("are named for so many labels, and no more", () => {
    const hosts = Object.fromEntries(
      Array.from({ length: 25 }, (_, index) => [`web${index + 1}`, { labels: { [`role${index}`]: "yes" } }]),
    );
    const all = Array.from({ length: 25 }, (_, index) => `@web{role${index}=yes}`);
    const told = notes(all, { inventory: { groups: { web: "web[1-25]" }, hosts } }).filter((message) =>
      message.includes("label"),
    );
    expect(told).toHaveLength(21);
    expect(told.slice(-2)).toEqual([
      expect.stringMatching(/^24 of the 25 hosts of @web have no label "role19" and .*: web\[1-19,21-25\]$/),
      "there are more labels that some hosts lack",
    ]);
  });

  test("and are no matter where no label is asked for", () => {
    expect(notes("@web")).toEqual([]);
    expect(notes("@west")).toEqual([]);
  });
});
