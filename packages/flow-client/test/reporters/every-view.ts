import { safeJson, type RunEvent } from "@roadrunner/core";
import { BoardReporter } from "../../src/reporters/board/board-reporter.ts";
import { FollowReporter } from "../../src/reporters/lines/follow.ts";
import { GatheredReporter } from "../../src/reporters/board/gathered-reporter.ts";
import { NdjsonReporter } from "../../src/reporters/lines/ndjson.ts";
import { PingReporter } from "../../src/reporters/lines/ping-reporter.ts";
import { PlainReporter } from "../../src/reporters/lines/plain.ts";
import { QuietReporter } from "../../src/reporters/lines/quiet.ts";
import type { Reporter } from "../../src/reporters/lines/reporter.ts";
import { htmlReport } from "../../src/reporters/report/html-report.ts";
import { junitXml } from "../../src/reporters/report/junit.ts";
import { reportJson } from "../../src/reporters/report/report-json.ts";
import { reportText } from "../../src/reporters/report/report-text.ts";
import { RunStory } from "@roadrunner/engine/story";
import { START_MS } from "./made-run.ts";

const SIZE = { columns: 100, rows: 40 };
const style = { colour: true, unicode: true };

/** All that a live view writes for these events: lines, and its board after each thousand. */
function live(make: () => Reporter): (events: readonly RunEvent[]) => string {
  return (events) => {
    const reporter = make();
    const lines: string[] = [];
    for (let first = 0; first < events.length; first += 1000) {
      const nowMs = START_MS + first;
      lines.push(...reporter.report(events.slice(first, first + 1000)), ...reporter.tick(nowMs));
      lines.push(...(reporter.board?.(SIZE, nowMs) ?? []));
    }
    return [...lines, ...reporter.end()].join("\n");
  };
}

export const follow = (raw: boolean) =>
  live(() => new FollowReporter(new PlainReporter(), { follows: () => true, raw }));
export const terminalViews: Record<string, (events: readonly RunEvent[]) => string> = {
  tty: live(() => new BoardReporter(style)),
  plain: live(() => new PlainReporter()),
  quiet: live(() => new QuietReporter()),
  gathered: live(() => new GatheredReporter()),
  "gathered on a terminal": live(() => new GatheredReporter(style)),
  ping: live(() => new PingReporter()),
  follow: follow(false),
  "report text": (events) => reportText(events).join("\n"),
};
export const fileViews: Record<string, (events: readonly RunEvent[]) => string> = {
  ndjson: live(() => new NdjsonReporter()),
  "report json": (events) => safeJson(reportJson(RunStory.of(events))),
  junit: (events) => [...junitXml(RunStory.of(events))].join(""),
  html: (events) => htmlReport(RunStory.of(events), { script: "", css: "" }),
};
