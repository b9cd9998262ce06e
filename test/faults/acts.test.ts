import { describe, expect, it } from "vitest";
import { planOf, stage } from "../support/plans.ts";
import { brokenWays, crowds } from "./acts.ts";
import { parseHostLog } from "./host-log.ts";

const plan = planOf({
  name: "j",
  hosts: [{ name: "a" }],
  stages: [stage("drain"), stage("install"), stage("note", { always: true })],
});
const broken = (...lines: readonly string[]): string[] =>
  brokenWays(plan, new Map([["a", parseHostLog(lines.map((line) => `${line}\n`).join(""))]]));

const drain = ["start j/drain 1 1.00 -", "end j/drain 1 2.00 0"];
const install = ["start j/install 1 3.00 -", "end j/install 1 4.00 0"];
const note = ["start j/note 1 5.00 -", "end j/note 1 6.00 0"];

describe("brokenWays", () => {
  it("finds nothing in a way that was gone, cut short, or gone anew", () => {
    expect(broken(...drain, ...install, ...note)).toEqual([]);
    expect(broken(...drain, "start j/install 1 3.00 -", "end j/install 1 4.00 7", ...note)).toEqual([]);
    expect(broken("start j/drain 1 1.00 -", "crash - - 2.00", ...note)).toEqual([]);
    expect(broken(...drain, ...install, "start j/drain 2 9.00 -")).toEqual([]);
    expect(broken("start other 1 1.00 -", ...drain)).toEqual([]);
  });

  it("finds a stage that ran beside another one, and one whose way had not come so far", () => {
    expect(broken("start j/drain 1 1.00 -", "start j/note 1 2.00 -")).toEqual([
      "way: j/note started on a while j/drain ran",
    ]);
    expect(broken(...install)).toEqual([
      "way: j/install started on a, and the stage before it had not ended well",
    ]);
    expect(broken("start j/drain 1 1.00 -", "end j/drain 1 2.00 7", ...install)).toEqual([
      "way: j/install started on a, and the stage before it had not ended well",
    ]);
  });
});

describe("ways that lead to another host", () => {
  const at = { hosts: [{ name: "lb" }], atOnce: 1 };
  const elsewhere = planOf({
    name: "j",
    hosts: [{ name: "a" }, { name: "b" }],
    stages: [stage("drain", { at }), stage("install"), stage("undrain", { at })],
  });
  const logs = (files: Readonly<Record<string, readonly string[]>>) =>
    new Map(
      Object.entries(files).map(([host, lines]) => [
        host,
        parseHostLog(lines.map((line) => `${line}\n`).join("")),
      ]),
    );
  const lb = ["start j/drain@a 1 1.00 -", "end j/drain@a 1 2.00 0"];

  it("are held to the files of all hosts together", () => {
    const a = ["start j/install 1 2.00 -", "end j/install 1 4.00 0"];
    const undrain = ["start j/undrain@a 1 4.00 -", "end j/undrain@a 1 5.00 0"];
    expect(brokenWays(elsewhere, logs({ lb: [...lb, ...undrain], a }))).toEqual([]);
    expect(brokenWays(elsewhere, logs({ lb: [...lb, "start j/undrain@a 1 3.00 -"], a }))).toEqual([
      "way: j/undrain started on a while j/install ran",
      "way: j/undrain started on a, and the stage before it had not ended well",
    ]);
    expect(brokenWays(elsewhere, logs({ lb: [], a }))).toEqual([
      "way: j/install started on a, and the stage before it had not ended well",
    ]);
  });

  it("are a crowd where more are there than may be, but for those whose end is unknown", () => {
    const both = [...lb.slice(0, 1), "start j/drain@b 1 1.50 -"];
    expect(crowds(elsewhere, logs({ lb: [...lb, "start j/drain@b 1 2.00 -"] }), new Set())).toEqual([]);
    expect(crowds(elsewhere, logs({ lb: both }), new Set())).toEqual([
      "crowd: j/drain@a and j/drain@b at lb, which has 1",
    ]);
    expect(crowds(elsewhere, logs({ lb: both }), new Set(["j/drain@a"]))).toEqual([]);
    expect(
      crowds(
        elsewhere,
        logs({ lb: [...lb.slice(0, 1), "crash - - 1.20", "start j/drain@b 1 1.50 -"] }),
        new Set(),
      ),
    ).toEqual([]);
    // Asked for twice after a loss, it is the same one.
    expect(
      crowds(elsewhere, logs({ lb: [...lb.slice(0, 1), "start j/drain@a 1 1.50 -"] }), new Set()),
    ).toEqual([]);
  });
});
