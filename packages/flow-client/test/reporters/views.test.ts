import { describe, expect, it } from "vitest";
import { planSummary, type RunEvent } from "@roadrunner/core";
import { planText } from "../../src/reporters/lists/plan-text.ts";
import { runRow } from "@roadrunner/engine/api";
import { runsTable } from "../../src/reporters/lists/runs-text.ts";
import { statusText } from "../../src/reporters/lists/status-text.ts";
import { fileViews, follow, terminalViews } from "./every-view.ts";
import { HOSTILE, NOT_UTF8, UNSAFE, withHostileTexts } from "./hostile.ts";
import * as made from "./made-gates.ts";
import { upgrade } from "./made-ways.ts";
import { hostNames, madeRun, MADE_RUN, START_MS, type MadeEnd } from "./made-run.ts";

/** Output, reasons, warnings and the flow's name, all as hostile as can be. */
function hostileRun(): RunEvent[] {
  const texts = Object.values(HOSTILE);
  const end = (_: string, index: number): MadeEnd => {
    const text = texts[index];
    if (text === undefined)
      return { stdout: NOT_UTF8, stderr: NOT_UTF8, encoding: { stdout: "base64", stderr: "base64" } };
    return { outcome: index % 2 === 0 ? "failed" : "ok", reason: text, stdout: text, stderr: `${text}\n` };
  };
  const events = madeRun(
    [[{ name: "j", hosts: hostNames("h", texts.length + 1), need: 0, end }]],
    HOSTILE.escapes,
  );
  const head = { time: new Date(START_MS).toISOString(), run: MADE_RUN };
  const task = { slot: 1, job: "j", host: "h1", attempt: 1 };
  const more = texts.flatMap((text): RunEvent[] => [
    { ...head, type: "warning", text },
    { ...head, type: "run.stopping", how: "drain", reason: text },
    { ...head, type: "task.lost", ...task, reason: text },
    { ...head, type: "task.retrying", ...task, inMs: 1, reason: text },
    { ...head, type: "task.output", ...task, stream: "stdout", data: `${text}\n` },
    { ...head, type: "task.output", ...task, stream: "stderr", data: NOT_UTF8, encoding: "base64" },
  ]);
  return [...events.slice(0, 4), ...more, ...events.slice(4)];
}

/** A run with every kind of event. */
function everyEvent(): RunEvent[] {
  const end = (host: string): MadeEnd =>
    host === "h1" ? { outcome: "failed", reason: "why", stderr: "oh\n" } : {};
  const events = madeRun([
    [{ name: "j", hosts: ["h1", "h2"], need: 1, end }],
    [{ name: "k", hosts: ["h3"] }],
  ]);
  const head = { time: new Date(START_MS).toISOString(), run: MADE_RUN };
  const task = { slot: 1, job: "j", host: "h1", attempt: 1 };
  const by = { version: "1", who: "me", where: "here", signedBy: "alice, key SHA256:x" };
  const more: RunEvent[] = [
    { ...head, type: "step.started", slot: 1, job: "j", step: 1, hosts: 2, need: 1 },
    { ...head, type: "step.ended", slot: 1, job: "j", step: 1, passed: false, reason: "why" },
    { ...head, type: "task.lost", ...task, reason: "why" },
    { ...head, type: "task.retrying", ...task, inMs: 1, reason: "why" },
    { ...head, type: "task.output", ...task, stream: "stdout", data: "out\n" },
    { ...head, type: "warning", text: "why" },
    { ...head, type: "run.stopping", how: "drain", reason: "why" },
    { ...head, type: "run.interrupted", reason: "why" },
    { ...head, type: "run.resumed", ...by },
  ];
  const at = events.findIndex(({ type }) => type === "task.ended");
  return [...events.slice(0, at), ...more, ...events.slice(at)];
}

/** Our own colours are let stand: they are SGR sequences that end where they began. */
const withoutOurColours = (text: string) => text.replaceAll(/\u001b\[(?:1|2|22|31|32|33|36|39)m/g, "");

describe("hostile output", () => {
  it.each(Object.entries(terminalViews))("sends no control character to a terminal: %s", (_, view) => {
    expect(withoutOurColours(view(hostileRun()))).not.toMatch(UNSAFE);
  });

  it.each(Object.entries(terminalViews))(
    "nor what is in any name, nor a line that it forges: %s",
    (_, view) => {
      const shown = withoutOurColours(view(withHostileTexts(everyEvent())));
      expect(shown).not.toMatch(UNSAFE);
      expect(shown).toContain("forged: ");
      expect(shown).not.toMatch(/^\s*forged/m);
    },
  );

  it("nor what is in a list of runs, a plan or a status", () => {
    const events = withHostileTexts(everyEvent());
    const [first] = events;
    if (first?.type !== "run.started") throw new Error("no beginning");
    const row = { ...runRow(events, false), reason: HOSTILE.hidden };
    const worker = {
      id: "w",
      pools: ["p"],
      servers: ["s"],
      version: "1",
      problem: "p",
      places: 1,
      running: 1,
    };
    const functions = [{ name: "f", queued: 0, running: 0, workers: 1 }];
    const standing = withHostileTexts({
      servers: [
        { server: "s", version: "1", functions },
        { server: "t", problem: "down", functions: [] },
      ],
      workers: [worker],
    });
    const shown = [
      ...runsTable([row, { ...row, state: "damaged" }]),
      ...planText(first.plan, planSummary(first.plan)),
      ...statusText(standing),
    ].join("\n");
    expect(shown).not.toMatch(UNSAFE);
    expect(shown).not.toMatch(/^\s*forged/m);
  });

  it.each(Object.entries(terminalViews))("nor what is in any name of a host's way: %s", (_, view) => {
    const shown = withoutOurColours(view(withHostileTexts(upgrade)));
    expect(shown).not.toMatch(UNSAFE);
    expect(shown).not.toMatch(/^\s*forged/m);
  });

  it.each(Object.entries(terminalViews))("nor what a gate says, or is called: %s", (name, view) => {
    for (const events of [made.held, made.undone, made.wellInTheEnd]) {
      const shown = withoutOurColours(view(withHostileTexts(events)));
      expect(shown).not.toMatch(UNSAFE);
      expect(shown).not.toMatch(/^\s*forged/m);
      if (name !== "ping") expect(shown).toContain("300");
    }
  });

  it.each(Object.entries(terminalViews))("colours nothing by the hosts' wish: %s", (_, view) => {
    // What our colours would hide: a host's own SGR 31 must stand there as a visible sign.
    expect(view(hostileRun())).toContain("␛[31m");
  });

  it("lets escapes through when they are asked for", () => {
    expect(follow(true)(hostileRun())).toContain("\u001b]0;title\u0007");
  });

  it.each(["ndjson", "report json"])("stays JSON, a line an event: %s", (name) => {
    const text = fileViews[name]?.(hostileRun()) ?? "";
    for (const line of text.split("\n").filter(Boolean))
      expect(() => JSON.parse(line) as unknown).not.toThrow();
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it("is JSON without anything of it, which reads back as it was", () => {
    const events = [...hostileRun(), ...withHostileTexts([...everyEvent(), ...made.undone])];
    const text = fileViews["ndjson"]?.(events) ?? "";
    expect(text).not.toMatch(UNSAFE);
    const read = text.split("\n").map((line) => (line === "" ? undefined : (JSON.parse(line) as unknown)));
    expect(read.filter((event) => event !== undefined)).toEqual(events);
    expect(fileViews["report json"]?.(events)).not.toMatch(UNSAFE);
    expect(fileViews["junit"]?.(events)).not.toMatch(UNSAFE);
  });

  it("stays one page with two scripts and no markup of a host's", () => {
    const html = fileViews["html"]?.(hostileRun()) ?? "";
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).not.toContain("<img");
    expect(html).not.toContain("<!--");
  });
});
