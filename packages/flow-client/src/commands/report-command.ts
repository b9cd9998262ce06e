import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { safeJson, succeed, type Result } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { writeNewFile } from "@roadrunner/core/files";
import { eventsThatCount } from "@roadrunner/engine/resume";
import { htmlReport, type PageParts } from "../reporters/report/html-report.ts";
import { junitXml } from "../reporters/report/junit.ts";
import { reportJson } from "../reporters/report/report-json.ts";
import { reportText } from "../reporters/report/report-text.ts";
import { RunStory } from "@roadrunner/engine/story";
import { BoxRun, findKnownRun, type KnownRun, type Places } from "../known-runs/index.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import type { reportOptions } from "../usage/options.ts";
import { tell, type Refusal } from "../usage/refusal.ts";
import { print, printFile } from "../screen/print.ts";
import { say } from "../usage/say.ts";

/** The name of standard output where a file is named. */
const STDOUT = "-";

/**
 * `rr-submit report <run>`: a run's report from its journal: text, JSON or what `-` asks for on stdout; or files, and then
 * nothing on stdout. The exit code tells whether there is a report, not how the run ended.
 */
export async function reportCommand(
  name: string,
  options: OptionValues<typeof reportOptions>,
  places: Places,
): Promise<ExitCode> {
  const { html, junit, json } = options;
  const onStdout = Object.entries({ html: html === STDOUT, junit: junit === STDOUT, json }).flatMap(
    ([option, wanted]) => (wanted ? [`--${option}`] : []),
  );
  if (onStdout.length > 1) {
    say(`${onStdout.join(" and ")}: standard output takes only one of them; name a file`);
    return EXIT.usage;
  }
  if (options.stages && (json || html !== undefined || junit !== undefined)) {
    say("--stages is of the report as text; as JSON and as a page it has the output of each stage anyway");
    return EXIT.usage;
  }
  const run = await runOf(name, places);
  const recorded = run.ok ? await run.value.read() : run;
  if (!recorded.ok) return tell(recorded.error);
  const events = eventsThatCount(recorded.value.events);
  const { note, principal } = recorded.value;
  if (note !== undefined) say(note);
  const page = (): readonly string[] => [htmlReport(RunStory.of(events), pageParts(), { principal })];
  const xml = (): Iterable<string> => junitXml(RunStory.of(events));
  for (const [file, pieces] of [[junit, xml] as const, [html, page] as const]) {
    if (file === undefined || file === STDOUT) continue;
    const written = writeNewFile(file, pieces());
    if (!written.ok) {
      say(written.error);
      return EXIT.usage;
    }
  }
  if (html === STDOUT) return printFile(page(), EXIT.succeeded);
  if (junit === STDOUT) return printFile(xml(), EXIT.succeeded);
  if (json) return print(safeJson(reportJson(RunStory.of(events), { principal }), 2), EXIT.succeeded);
  if (html !== undefined || junit !== undefined) return EXIT.succeeded;
  return print(reportText(events, { ...options, principal }).join("\n"), EXIT.succeeded);
}

/** By a run's name, or the path of a journal from elsewhere. */
async function runOf(name: string, places: Places): Promise<Result<KnownRun, Refusal>> {
  if (name.includes("/") || (name.endsWith(".ndjson") && existsSync(name)))
    return succeed(new BoxRun(dirname(name), name));
  return findKnownRun(name, places);
}

function pageParts(): PageParts {
  const read = (name: string): string => readFileSync(new URL(`../../page/${name}`, import.meta.url), "utf8");
  return { script: read("report.js"), css: read("report.css") };
}
