import { fail, succeed } from "../errors.ts";
import type { GivenParams } from "./params/given-params.ts";
import { settleParams } from "./params/settle-params.ts";
import type { Params } from "./params/settle-params.ts";
import type { PlanNote } from "./plan-note.ts";
import { formatPath } from "./problem.ts";
import type { FlowProblem } from "./problem.ts";
import { GATE_RULES } from "./rules/gate-rules.ts";
import { hostExpressions } from "./rules/host-rules.ts";
import { commandOrScript, onlyIfOkIsEarlier, uniqueNames } from "./rules/job-rules.ts";
import { outputsAreEarlier, outputsWithoutReboot } from "./rules/output-rules.ts";
import { paramsAndVariables } from "./rules/param-rules.ts";
import { atOnceSomewhere, checksAreSound, stagesOrCommand, uniqueStages } from "./rules/stage-rules.ts";
import type { Rule } from "./rules/rule.ts";
import { commands, variables } from "./rules/value-rules.ts";
import { checkSchema } from "./schema/check-schema.ts";
import type { Homes } from "./schema/check-schema.ts";
import { locatedActs } from "./schema/flow-file.ts";
import { Flow, Slot } from "./schema/flow-schema.ts";
import type { WrittenFlow } from "./schema/flow-schema.ts";
import { Job } from "./schema/job-schema.ts";
import { renewNames } from "./schema/old-names.ts";
import { salvage } from "./schema/salvage.ts";
import type { Salvaged } from "./schema/salvage.ts";
import { soundPart } from "./schema/sound-part.ts";
import { LIMITS } from "./source/limits.ts";
import { cutProblems, findingAt, parseSource, problemMaker, tellProblems } from "./source/parse-source.ts";
import type { ProblemAt } from "./source/parse-source.ts";

/** A flow file that can be understood as it stands; what its hosts are is seen by resolvePlan. */
export interface LoadedFlow {
  /** The file's name as given. */
  readonly file: string;
  /** As written: no defaults applied. */
  readonly flow: WrittenFlow;
  /** Values of its parameters, which stand in place of their names already. */
  readonly params: Params;
  /** Paths of script files, as written and each once, whose text resolvePlan needs. */
  readonly scripts: readonly string[];
  /** A problem with something in the file. */
  readonly problemAt: ProblemAt;
  /** What to tell of the file itself. */
  readonly notes: readonly PlanNote[];
}

const RULES: readonly Rule[] = [
  commandOrScript,
  stagesOrCommand,
  uniqueStages,
  checksAreSound,
  atOnceSomewhere,
  ...GATE_RULES,
  uniqueNames,
  onlyIfOkIsEarlier,
  outputsAreEarlier,
  outputsWithoutReboot,
  hostExpressions,
  commands,
  variables,
  paramsAndVariables,
];

const OF_JOB = ["name", "hosts", "command", "script", "stages", "gates", "bake", "onGateFail", "undo"];

const HOMES: Homes = {
  "in a job, or in defaults": Object.keys(Job.shape).filter((key) => !OF_JOB.includes(key)),
  "in a job": OF_JOB,
  "in a stage": ["always", "at", "atOnce", "retryFrom", "check", "every", "stable", "within"],
  "in a gate": ["prometheus", "http", "max", "min", "status", "token", "failures"],
  "in prometheus of a gate": ["url", "query"],
  "in undo": ["undoUnknown"],
  "in a slot": Object.keys(Slot.shape),
  "at the top of the flow": Object.keys(Flow.shape),
};

/** A flow file with problems; `sound` is what resolvePlan's own checks can still be made of. */
export interface FaultyFlow {
  readonly ok: false;
  readonly error: readonly FlowProblem[];
  readonly sound?: LoadedFlow;
}

/**
 * Reads a flow file: JSON, JSON with comments, or YAML, by content. Every problem is told at once; with
 * `problemsOfFlow` those too that only its plan shows.
 */
export function loadFlow(
  text: Uint8Array | string,
  { file, params = { values: [] } }: { readonly file: string; readonly params?: GivenParams },
): { readonly ok: true; readonly value: LoadedFlow } | FaultyFlow {
  const read = parseSource(text, file);
  if (!read.ok) return read;
  const { parsed: renewed, notes } = renewNames(read.value);
  const settled = settleParams(renewed, params);
  const { parsed } = settled;
  const { data, findings, wrong: refusedBySchema } = checkSchema(Flow, parsed, HOMES);
  const wrong = [...refusedBySchema, ...settled.unsettled];
  const refused = new Set(wrong.map((path) => formatPath(path)));
  const left = salvage(parsed.value, wrong) as Salvaged<WrittenFlow> | undefined;
  const faults =
    left === undefined ? [] : RULES.flatMap((rule) => rule(left, (path) => refused.has(formatPath(path))));
  const all = [
    ...parsed.findings,
    ...findings,
    ...settled.findings,
    ...faults.map(({ position, message, hint }) => findingAt(parsed, position, message, hint)),
  ];
  const loaded = (flow: WrittenFlow): LoadedFlow => ({
    file,
    flow,
    params: settled.params,
    scripts: [...new Set(locatedActs(flow).flatMap(({ act }) => act.script ?? []))],
    problemAt: problemMaker(parsed),
    notes,
  });
  const isSettled = settled.problems.length === 0 && settled.unsettled.length === 0;
  if (data !== undefined && all.length === 0 && isSettled) return succeed(loaded(data));
  const positions = [...wrong, ...faults.map(({ position }) => position.path)];
  const sound = left === undefined ? undefined : soundPart(left, positions);
  const told = tellProblems(parsed.source, all);
  // Cut already: what comes on top would stand behind those that are not told.
  const problems = fail(told.length > LIMITS.problems ? told : cutProblems([...told, ...settled.problems]));
  return sound === undefined ? problems : { ...problems, sound: loaded(sound) };
}
