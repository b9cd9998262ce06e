import { describe, expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { handedOver } from "../../../src/reporters/outputs/handed-over.ts";
import { fileViews, terminalViews } from "../every-view.ts";
import { hostNames, madeRun } from "../made-run.ts";

const VALUE = 'db1 "x" <b>\u001b[31m';

/** Two of three hosts hand over the same. */
function run(): RunEvent[] {
  const end = (_: string, index: number) => ({ exitCode: 0, outputs: index === 2 ? {} : { leader: VALUE } });
  return madeRun([[{ name: "elect", hosts: hostNames("h", 3), end }]]);
}

describe("outputs in the reports", () => {
  it.each([
    ["report text", /outputs of h\[1-2\]: leader=db1 "x" <b>/],
    ["report json", /"outputs":\{"leader":"db1 \\"x\\" <b>/],
    ["junit", /name="outputs of h\[1-2\]" value="leader=db1 &quot;x&quot; &lt;b&gt;/],
    ["html", /outputs of h\[1-2\]: leader=db1 \\"x\\" \\u003cb>/],
  ])("stand in the %s, and do no harm there", (name, said) => {
    const text = { ...fileViews, ...terminalViews }[name]?.(run()) ?? "";
    expect(text).toMatch(said);
    expect(text).not.toContain("\u001b");
  });
});

it("are few lines of bounded length, however many hosts say different things", () => {
  const task = (host: string, leader: string) =>
    [host, { host, attempt: 1, outcome: "ok", outputs: { leader } }] as const;
  const tasks = new Map(Array.from({ length: 5000 }, (_, n) => task(`h${n}`, `${n}`.padStart(9000, "x"))));
  const lines = handedOver({ tasks });
  expect(lines).toHaveLength(51);
  for (const { hosts, values } of lines) expect(hosts.length + values.length).toBeLessThanOrEqual(600);
  const failed = new Map([
    ["h1", { host: "h1", attempt: 1, outcome: "failed" as const, outputs: { a: "1" } }],
  ]);
  expect(handedOver({ tasks: failed })).toEqual([]);
});
