import { describe, expect, it } from "vitest";
import { planOf, stage } from "../support/plans.ts";
import { brokenWays } from "./acts.ts";
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
