import type { Outcome } from "@roadrunner/core";
import {
  stageTimes,
  type JobStory,
  type KeptStream,
  type OutputGroup,
  type RunStory,
  type TaskStory,
} from "@roadrunner/engine/story";
import { thenUndone, undoText } from "../gates/undo-text.ts";
import { watchSummary } from "../gates/watch-summary.ts";
import { gateCases, type GateCase } from "./gate-cases.ts";
import { handedOver } from "../outputs/handed-over.ts";
import { notOkText, tookText } from "../outputs/stage-table.ts";
import { wayLines } from "../outputs/way-lines.ts";
import { outputLines } from "../text/output-lines.ts";
import { safeText } from "../text/safe-text.ts";

/**
 * A run as JUnit XML in pieces, valid against Jenkins' junit schema: a suite a job, a case a host. `failed` and
 * `timedOut` are failures, what could not be run or learned is an error, what never started is skipped.
 */
export function* junitXml(record: RunStory): Generator<string> {
  const { jobs } = record;
  const sum = (of: (job: JobStory) => number): number => jobs.reduce((total, job) => total + of(job), 0);
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield element("testsuites", {
    name: `${record.name} ${record.run}`,
    time: seconds(record.endedMs - record.startedMs),
    tests: sum(testsOf),
    failures: sum((job) => numberOf(job, "failure")),
    errors: sum((job) => numberOf(job, "error")),
  });
  for (const job of jobs) yield* suite(job, record);
  yield "</testsuites>\n";
}

function* suite(job: JobStory, record: RunStory): Generator<string> {
  yield element("testsuite", {
    name: `slot ${job.slot}: ${job.name}`,
    tests: testsOf(job),
    failures: numberOf(job, "failure"),
    errors: numberOf(job, "error"),
    skipped: numberOf(job, "skipped"),
    time: seconds((job.endedMs ?? 0) - (job.startedMs ?? job.endedMs ?? 0)),
    timestamp: new Date(job.startedMs ?? record.startedMs).toISOString().slice(0, 19),
    hostname: record.where,
  });
  yield element("properties", {});
  const watched = watchSummary(job, record);
  const undone = undoText(job, true);
  const properties = {
    verdict: job.verdict ?? "not ended",
    // What a job needs is worked out when it starts; one that undoes another needs nothing.
    ...(job.undoes === undefined ? { need: needText(job) } : { undoes: job.undoes }),
    command: job.command,
    ...(job.changed === undefined ? {} : { changed: String(job.changed.size) }),
    ...(job.reason === undefined ? {} : { reason: job.reason }),
    ...(watched.length === 0 ? {} : { gates: watched.join("; ") }),
    ...(undone === undefined ? {} : { undone }),
    ...Object.fromEntries(
      Object.entries(record.params).map(([name, value]) => [`param ${name}`, String(value)]),
    ),
    ...Object.fromEntries(record.secretParams.map((name) => [`param ${name}`, "(a secret)"])),
    ...Object.fromEntries(
      stageTimes(job).map((times) => {
        const told = [`${times.ok} ok`, tookText(times), notOkText(times)].filter((part) => part !== "");
        return [`stage ${times.stage}`, told.join(", ")];
      }),
    ),
    ...Object.fromEntries(handedOver(job).map(({ hosts, values }) => [`outputs of ${hosts}`, values])),
  };
  for (const [name, value] of Object.entries(properties)) yield element("property", { name, value }, true);
  yield "</properties>\n";
  for (const gate of gateCases(job)) yield gateCase(gate, job, record);
  for (const task of job.tasks.values()) yield testCase(task, job, record);
  yield "</testsuite>\n";
}

function needText({ startedMs, hosts, need }: JobStory): string {
  return startedMs === undefined ? `unknown of ${hosts}` : `${need} of ${hosts}`;
}

function testCase(task: TaskStory, job: JobStory, record: RunStory): string {
  const head = element("testcase", {
    name: task.host,
    classname: `${record.name}.${job.name}`,
    time: seconds(task.durationMs ?? 0),
    status: `${task.outcome ?? "open"}${thenUndone(job, task.host)}`,
  });
  const kind = KINDS[task.outcome ?? "open"];
  const reason =
    task.reason ?? (task.outcome === undefined ? "it has no end: the run did not end" : task.outcome);
  const told =
    kind === undefined
      ? ""
      : kind === "skipped"
        ? `<skipped>${text(reason)}</skipped>\n`
        : problem(kind, { type: task.outcome ?? "open", message: reason }, wayLines(task));
  return `${head}${told}${outputs(job.groups.groupOf(task.host))}</testcase>\n`;
}

/** A gate is a case of its job's suite: what it found is a failure, and that nobody can tell an error. */
function gateCase({ name, kind, message, told }: GateCase, job: JobStory, record: RunStory): string {
  const head = element("testcase", {
    name,
    classname: `${record.name}.${job.name}`,
    time: seconds(0),
    status: kind ?? "ok",
  });
  if (kind === undefined) return `${head}</testcase>\n`;
  const body =
    kind === "skipped"
      ? `<skipped>${text(message)}</skipped>\n`
      : problem(kind, { type: kind, message }, told);
  return `${head}${body}</testcase>\n`;
}

/** Of a host that went a way its stages stand inside, of a gate its answers; the message names what counts. */
function problem(
  kind: "failure" | "error",
  attributes: Readonly<Record<string, string>>,
  way: readonly string[],
): string {
  if (way.length === 0) return element(kind, attributes, true);
  return `${element(kind, attributes)}${text(way.join("\n"))}</${kind}>\n`;
}

const KINDS: Readonly<Record<Outcome | "open", "failure" | "error" | "skipped" | undefined>> = {
  ok: undefined,
  failed: "failure",
  timedOut: "failure",
  unreachable: "error",
  refused: "error",
  unknown: "error",
  open: "error",
  cancelled: "skipped",
  skipped: "skipped",
};

function numberOf(job: JobStory, kind: "failure" | "error" | "skipped"): number {
  let count = 0;
  for (const { outcome = "open" } of job.tasks.values()) if (KINDS[outcome] === kind) count += 1;
  return count + gateCases(job).filter((gate) => gate.kind === kind).length;
}

function testsOf(job: JobStory): number {
  return job.tasks.size + gateCases(job).length;
}

function outputs(group: OutputGroup | undefined): string {
  if (group?.output === undefined) return "";
  const { stdout, stderr, omitted, gapAt } = group.output;
  const textOf = (kept: KeptStream): string =>
    outputLines(kept)
      .map((line) => `${line.text}\n`)
      .join("");
  const out = textOf({ text: stdout, omittedBytes: omitted.stdout, gapAt: gapAt.stdout });
  const err = textOf({ text: stderr, omittedBytes: omitted.stderr, gapAt: gapAt.stderr });
  return [
    out === "" ? "" : `<system-out>${text(out)}</system-out>\n`,
    err === "" ? "" : `<system-err>${text(err)}</system-err>\n`,
  ].join("");
}

function element(name: string, attributes: Readonly<Record<string, string | number>>, empty = false): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(String(value))}"`);
  return `<${name}${written.join("")}${empty ? "/" : ""}>\n`;
}

function seconds(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(3);
}

function attribute(value: string): string {
  return text(value).replaceAll('"', "&quot;").replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
}

/** XML 1.0 holds no control characters, not even escaped, and no half of a surrogate pair (its section 2.2); nor what hides. */
function text(value: string): string {
  return safeText(value.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd"))
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
