import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { FollowReporter, type FollowOptions } from "../../../src/reporters/lines/follow.ts";
import { NdjsonReporter } from "../../../src/reporters/lines/ndjson.ts";
import { QuietReporter } from "../../../src/reporters/lines/quiet.ts";
import { MADE_RUN, madeRun, type MadeJob } from "../made-run.ts";

const head = { time: "2026-11-24T09:16:13.000Z", run: MADE_RUN };

function output(
  host: string,
  data: string,
  more: Partial<Extract<RunEvent, { type: "task.output" }>> = {},
): RunEvent {
  return {
    ...head,
    type: "task.output",
    slot: 1,
    job: "j",
    host,
    attempt: 1,
    stream: "stdout",
    data,
    ...more,
  };
}

function ended(host: string): RunEvent {
  return { ...head, type: "task.ended", slot: 1, job: "j", host, attempt: 1, outcome: "ok", final: true };
}

function follow(
  options: Partial<FollowOptions> = {},
  jobs: readonly MadeJob[] = [{ name: "j", hosts: ["db1"] }],
) {
  const reporter = new FollowReporter(new QuietReporter(), { follows: () => true, raw: false, ...options });
  reporter.report(madeRun([jobs]).slice(0, 1));
  return (...events: readonly RunEvent[]) => reporter.report(events);
}

describe("FollowReporter", () => {
  it("shows whole lines with their host, and keeps what is unfinished until it is whole or the task ends", () => {
    const show = follow();
    expect(show(output("db1", "one\ntw"), output("db2", "other"))).toEqual(["db1| one"]);
    expect(show(output("db1", "o\n\nthree"))).toEqual(["db1| two", "db1| "]);
    expect(show(output("db1", "oops\n", { stream: "stderr" }))).toEqual(["db1! oops"]);
    expect(show(ended("db1"))).toEqual(["db1| three"]);
    expect(show(ended("db1"))).toEqual([]);
  });

  it("names the stage of a way", () => {
    const show = follow();
    expect(show(output("db1", "out of it\n", { stage: "drain" }))).toEqual(["db1 drain| out of it"]);
    expect(show(output("db1", "half", { stage: "install", stream: "stderr" }))).toEqual([]);
    const { type, ...end } = ended("db1");
    expect(show({ ...end, type, stage: "install" } as RunEvent)).toEqual(["db1 install! half"]);
  });

  it("names the job where several run side by side, and shows only the hosts that are followed", () => {
    const jobs = [
      { name: "j", hosts: ["db1"] },
      { name: "k", hosts: ["db1"] },
    ];
    const show = follow({ follows: (host) => host === "db1" }, jobs);
    expect(show(output("db1", "one\n"), output("db2", "two\n"))).toEqual(["j db1| one"]);
  });

  it("makes output harmless, unless it is to be raw", () => {
    const hostile = output("db1", "\u001b[2J\u202egpj\rover\n");
    const unseen = output("db1", "\u001b[2J\u202egpj\n");
    expect(follow()(unseen)).toEqual(["db1| ␛[2J\\u202egpj"]);
    expect(follow()(hostile)).toEqual(["db1| over"]);
    expect(follow({ raw: true })(hostile)).toEqual(["db1| \u001b[2J\u202egpj\rover"]);
    expect(follow()(output("db1", "/wo=", { encoding: "base64" }))).toEqual(["db1| \ufffd"]);
  });

  it("tells a line without an end in parts, so that memory stays bounded", () => {
    const show = follow();
    const parts = Array.from({ length: 64 }, () => show(output("db1", "x".repeat(16 * 1024)))).flat();
    expect(parts.join("").replaceAll("db1| ", "").length).toBeGreaterThan(900_000);
    expect(Math.max(...parts.map((line) => line.length))).toBeLessThan(100_000);
  });

  it("loses and mixes nothing, however the output is cut into pieces", () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\n", "é") }), { maxLength: 8 });
    fc.assert(
      fc.property(texts, texts, (first, second) => {
        const show = follow();
        const lines: string[] = [];
        for (let index = 0; index < 8; index += 1) {
          lines.push(...show(output("h1", first[index] ?? ""), output("h2", second[index] ?? "")));
        }
        lines.push(...show(ended("h1"), ended("h2")));
        for (const [host, pieces] of [
          ["h1", first],
          ["h2", second],
        ] as const) {
          const shown = lines.filter((line) => line.startsWith(`${host}| `)).map((line) => line.slice(4));
          expect(shown.join("\n")).toBe(pieces.join("").replace(/\n$/, ""));
        }
      }),
    );
  });
});

describe("NdjsonReporter", () => {
  it("holds live output of those hosts only that are followed", () => {
    const events = [output("db1", "one\n"), output("db2", "two\n"), ended("db2")];
    const lines = new NdjsonReporter((host) => host === "db1").report(events);
    expect(lines.map((line) => (JSON.parse(line) as RunEvent).type)).toEqual(["task.output", "task.ended"]);
  });
});
