import { describe, expect, it } from "vitest";
import { ScrollingLines } from "../../../src/reporters/board/scrolling-lines.ts";
import { RunStory } from "@roadrunner/engine/story";
import { upgrade } from "../made-ways.ts";
import { hostNames, madeRun, type MadeEnd } from "../made-run.ts";

function told(hosts: readonly string[], end: (host: string) => MadeEnd, need = 0): readonly string[] {
  const lines = new ScrollingLines({ colour: false, unicode: true }, new RunStory());
  for (const event of madeRun([[{ name: "restart", hosts, need, end }]])) lines.add(event);
  return lines.take();
}

describe("ScrollingLines", () => {
  it("tells a failure with host, outcome, reason and both ends of stderr", () => {
    const stderr = "E: \u001b[31mno\u001b[0m package\nsecond\nthird\nfourth\nfifth\nsixth\n";
    const end = (host: string): MadeEnd =>
      host === "fe2" ? { outcome: "failed", reason: "exit code 1", stderr } : {};
    expect(told(hostNames("fe", 3), end)).toEqual([
      "09:16:13 ✘ restart fe2 failed: exit code 1 (0.9 s)",
      "09:16:13     | E: ␛[31mno␛[0m package",
      "09:16:13     | … 2 lines are left out here",
      "09:16:13     | fourth",
      "09:16:13     | fifth",
      "09:16:13     | sixth",
      "09:16:13 ✔ restart succeeded",
      "09:16:13 ✔ slot 1 succeeded",
    ]);
  });

  it("tells what befalls many hosts alike once", () => {
    const end = (): MadeEnd => ({ outcome: "unreachable", reason: "no route" });
    expect(told(hostNames("fe", 5000), end)[0]).toBe("09:16:13 ✘ restart fe[1-5000] unreachable: no route");
  });

  it("tells a loss once, however often the answer to asking again says nothing", () => {
    const lines = new ScrollingLines({ colour: false, unicode: true }, new RunStory());
    const lost = {
      type: "task.lost",
      run: "r",
      slot: 1,
      job: "j",
      host: "h",
      attempt: 1,
      reason: "no route",
    } as const;
    lines.add({ ...lost, time: "2026-11-24T09:16:13.000Z" });
    expect(lines.take()).toEqual(["09:16:13   j h lost: no route"]);
    lines.add({ ...lost, time: "2026-11-24T09:16:14.000Z" });
    expect(lines.take()).toEqual([]);
  });

  it("tells failures and losses once whose reasons differ in the hosts' names and addresses alone", () => {
    const end = (host: string): MadeEnd => ({
      outcome: "unreachable",
      reason: `${host}: no route to 10.0.0.${host.slice(2)}:22`,
    });
    expect(told(hostNames("fe", 200), end)[0]).toBe(
      "09:16:13 ✘ restart fe[1-200] unreachable: no route to ADDRESS:22",
    );
    expect(told(["fe7"], end)[0]).toBe("09:16:13 ✘ restart fe7 unreachable: no route to 10.0.0.7:22 (0.9 s)");
  });

  it("tells of a host on its way the stage that went wrong, and once", () => {
    const lines = new ScrollingLines({ colour: false, unicode: true }, new RunStory());
    for (const event of upgrade) lines.add(event);
    expect(lines.take().slice(0, 4)).toEqual([
      "09:16:12 ✘ upgrade install fe3 failed: exit code 7 (0.3 s)",
      "09:16:12     | no disk",
      "09:16:24 ✘ upgrade healthy fe4 failed: not healthy within 5m: exit code 22 (12.0 s)",
      "09:16:24     | 503",
    ]);
    const head = { time: "2026-11-24T09:16:13.000Z", run: "r", slot: 1, job: "j", attempt: 1, final: true };
    const ended = { ...head, type: "task.ended" as const };
    const at = { stage: "drain", at: "lb1", outcome: "failed", reason: "lb1: exit code 3" } as const;
    lines.add({ ...ended, host: "h1", ...at });
    lines.add({ ...ended, host: "h2", ...at });
    const cut = {
      outcome: "cancelled",
      reason: "install: not started: stopped",
      decidedBy: "install",
    } as const;
    lines.add({ ...ended, host: "h3", ...cut });
    expect(lines.take().slice(-2)).toEqual([
      "09:16:13 ✘ j drain at lb1 for h[1-2] failed: exit code 3",
      "09:16:13 ◌ j h3 cancelled: install: not started: stopped",
    ]);
  });

  it("sums up a flood of failures that are all different", () => {
    const lines = told(hostNames("fe", 5000), (host) => ({
      outcome: "failed",
      reason: `odd: ${host.slice(2)}`,
    }));
    expect(lines).toHaveLength(20);
    expect(lines.at(-1)).toBe("09:16:13 … and 4983 more events on fe[20-5000]");
  });
});
