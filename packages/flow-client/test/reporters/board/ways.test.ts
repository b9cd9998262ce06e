import { describe, expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { RunStory } from "@roadrunner/engine/story";
import { boardLines } from "../../../src/reporters/board/board-lines.ts";
import { PlainReporter } from "../../../src/reporters/lines/plain.ts";
import { reportText } from "../../../src/reporters/report/report-text.ts";
import { START_MS } from "../made-run.ts";
import { upgrade } from "../made-ways.ts";

/** Two have failed, two are well, and fe5 takes long. */
const standing = upgrade.slice(
  0,
  upgrade.findIndex(
    (event) => event.type === "task.ended" && event.host === "fe5" && event.stage === "healthy",
  ),
);
const early = upgrade.slice(
  0,
  upgrade.findIndex((event) => event.type === "task.started" && event.stage === "healthy") + 1,
);

describe("hosts on their way", () => {
  const second = (events: readonly RunEvent[], afterMs: number) => {
    const story = RunStory.live("all");
    for (const event of events) story.add(event);
    const style = { colour: false, unicode: true };
    return boardLines(story, { columns: 120, rows: 20 }, style, START_MS + afterMs)[3]?.trim();
  };

  it("are seen on the board with the stage at which they are, and the stages that failed", () => {
    expect(second(standing, 20_000)).toBe("failed in install 1, healthy 1, 1 running (fe5 healthy 19.4 s)");
    expect(second(early, 2000)).toBe(
      "5 running: 4 install, 1 healthy (fe1 healthy 1.4 s, fe2 install 1.7 s, fe3 install 1.7 s)",
    );
  });

  it("wait behind the stage that has ended, where the next one has no place yet", () => {
    const before = upgrade.slice(
      0,
      upgrade.findIndex((event) => event.type === "task.started" && event.stage === "healthy"),
    );
    expect(second(before, 90_000)).toMatch(/\(fe1 waits after install 1 min 29 s, fe2 install /);
  });

  it("are told with their stages in plain lines while nothing else is, and when they were left", () => {
    const plain = new PlainReporter();
    plain.report(early);
    plain.tick(START_MS + 1000);
    expect(plain.tick(START_MS + 30_000)).toEqual([
      "09:16:42 upgrade: 0 of 5 ended, running: install fe[2-5], healthy fe1",
    ]);
    const resumed = { type: "run.resumed", version: "1", who: "o", where: "b" } as const;
    const head = { time: new Date(START_MS + 60_000).toISOString(), run: "r" };
    expect(plain.report([{ ...head, ...resumed }]).at(-1)).toBe(
      "09:17:12 upgrade: 0 of 5 ended, asked whether they run still: install fe[2-5], healthy fe1",
    );
    const waiting = { ...head, slot: 1, job: "upgrade", attempt: 1, inMs: 5000, reason: "r" };
    for (const [host, stage] of [
      ...(["fe2", "fe3", "fe4", "fe5"] as const).map((name) => [name, "install"] as const),
      ["fe1", "healthy"] as const,
    ])
      plain.report([{ ...waiting, type: "task.retrying", host, stage }]);
    expect(plain.tick(START_MS + 90_000)).toEqual(["09:17:42 upgrade: 0 of 5 ended, none running"]);
    expect(reportText(early).find((line) => line.includes("started and not"))).toMatch(
      /started and not ended: install fe\[2-5\], healthy fe1$/,
    );
  });
});
