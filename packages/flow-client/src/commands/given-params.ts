import {
  fail,
  formatFlowProblem,
  loadParams,
  readParamOptions,
  succeed,
  type GivenParam,
  type FlowProblem,
  type GivenParams,
  type Result,
  type RunPlan,
} from "@roadrunner/core";
import { readInput } from "../usage/read-input.ts";

/** Where values of parameters come from. */
export interface ParamSources {
  readonly param?: readonly string[] | undefined;
  readonly "params-file"?: string | undefined;
}

/** What was given, and what is wrong with how it is written: the rest can be checked all the same. */
export interface ReadParams {
  readonly given: GivenParams;
  readonly problems: readonly string[];
}

/** The values of `--params-file`, and those of `--param` in place of them. */
export async function readGivenParams(sources: ParamSources): Promise<ReadParams> {
  const ofOptions = readParamOptions(sources.param ?? []);
  const ofFile = await readParamsFile(sources["params-file"]);
  const problems = ofOptions.problems.map(formatFlowProblem);
  return {
    given: {
      values: [...(ofFile.ok ? ofFile.value : []), ...ofOptions.values],
      incomplete: !ofFile.ok || ofOptions.problems.length > 0,
    },
    problems: [...problems, ...(ofFile.ok ? [] : ofFile.error)],
  };
}

async function readParamsFile(
  file: string | undefined,
): Promise<Result<readonly GivenParam[], readonly string[]>> {
  if (file === undefined) return succeed([]);
  const text = await readInput(file, "file of parameters");
  if (!text.ok) return text;
  const loaded = loadParams(text.value, { file });
  return loaded.ok ? loaded : fail(loaded.error.map(formatFlowProblem));
}

/**
 * A run goes on with what it was started with. The values may be given again, as they were: what is wrong with them,
 * where one is another.
 */
export async function changedParams(plan: RunPlan, sources: ParamSources): Promise<readonly string[]> {
  const { given, problems } = await readGivenParams(sources);
  const { params = {} } = plan;
  const told = given.values.flatMap((one) => tellChanged(one, params));
  return [...problems, ...told.map(formatFlowProblem)];
}

function tellChanged(
  { name, value, problemAt }: GivenParam,
  params: NonNullable<RunPlan["params"]>,
): readonly FlowProblem[] {
  const before = Object.hasOwn(params, name) ? params[name] : undefined;
  if (before === undefined) return [problemAt("name", `the run has no parameter ${JSON.stringify(name)}`)];
  if (String(before) === String(value)) return [];
  const message = `the run was started with ${JSON.stringify(before)}, and goes on with it`;
  return [problemAt({ column: 1 }, message, "leave it out, or run the flow anew")];
}
