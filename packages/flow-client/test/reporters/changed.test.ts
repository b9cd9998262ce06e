import { describe, expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { RunStory } from "@roadrunner/engine/story";
import { boardLines } from "../../src/reporters/board/board-lines.ts";
import { WORK } from "../../../../test/support/plans.ts";
import { fileViews, terminalViews } from "./every-view.ts";
import { hostNames, madeRun, START_MS } from "./made-run.ts";

/** Two of three hosts were changed; `asks`: their job has an `unless`. */
function run(asks: boolean): RunEvent[] {
  const end = (_: string, index: number) =>
    !asks ? {} : index === 0 ? { changed: false } : { changed: true, exitCode: 0, stdout: `work ${index}\n` };
  return madeRun([[{ name: "j", hosts: hostNames("h", 3), end }]]).map((event) => {
    if (event.type !== "run.started" || !asks) return event;
    const slots = event.plan.slots.map((slot) => ({
      ...slot,
      jobs: slot.jobs.map((job) => ({ ...job, work: { ...WORK, unless: "false" } })),
    }));
    return { ...event, plan: { ...event.plan, slots } };
  });
}

/** What each view says of two changed hosts. */
const SAID: Readonly<Record<string, RegExp>> = {
  tty: /2 changed/,
  plain: /3 of 3 ok, needed 3, 2 changed/,
  gathered: /^h1 ok, not changed$/m,
  "report text": /2 changed/,
  "report json": /"changed":2/,
  junit: /name="changed" value="2"/,
  html: /"changed":2/,
};
const views = { ...terminalViews, ...fileViews };

describe("hosts that were changed", () => {
  it.each(Object.entries(SAID))("are counted where a job asks: %s", (name, said) => {
    expect(views[name]?.(run(true))).toMatch(said);
  });

  it.each(Object.entries(views))("are not told where none asks: %s", (_, view) => {
    expect(view(run(false))).not.toContain("changed");
  });

  it("are counted on the board while the job runs, and no more when one is taken back", () => {
    const events = run(true);
    const last = events.findLastIndex(({ type }) => type === "task.ended");
    const story = RunStory.live("all");
    for (const event of events.slice(0, last)) story.add(event);
    const board = () =>
      boardLines(story, { columns: 100, rows: 20 }, { colour: false, unicode: false }, START_MS).join("\n");
    expect(board()).toContain("2 ok, needs 3; 0 failed, 0 allowed; 1 changed");
    const started = events.findLast(({ type }) => type === "task.started");
    if (started?.type !== "task.started") throw new Error("nothing was started");
    story.add({ ...started, host: "h2", attempt: 2 });
    expect(board()).toContain("0 changed");
  });
});
