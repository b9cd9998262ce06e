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
import { readPrivateFile } from "@roadrunner/core/files";
import { secretFault } from "../carry/secrets.ts";
import { readInput } from "../usage/read-input.ts";

/** Where values of parameters come from. */
export interface ParamSources {
  readonly param?: readonly string[] | undefined;
  readonly "params-file"?: string | undefined;
  readonly "secret-file"?: readonly string[] | undefined;
}

/** By the parameter's name. */
export type Secrets = Readonly<Record<string, string>>;

/** What was given, and what is wrong with how it is written: the rest can be checked all the same. */
export interface ReadParams {
  readonly given: GivenParams;
  /** Values of secrets, as far as files hold them. */
  readonly secrets: Secrets;
  readonly problems: readonly string[];
}

/** The values of `--params-file`, and those of `--param` in place of them. */
export async function readGivenParams(sources: ParamSources): Promise<ReadParams> {
  const ofOptions = readParamOptions(sources.param ?? []);
  const ofFile = await readParamsFile(sources["params-file"]);
  const ofSecrets = await readSecretFiles(sources["secret-file"] ?? []);
  const problems = [...ofOptions.problems.map(formatFlowProblem), ...ofSecrets.problems];
  return {
    given: {
      values: [...(ofFile.ok ? ofFile.value : []), ...ofOptions.values],
      secretFiles: ofSecrets.files,
      incomplete: !ofFile.ok || ofOptions.problems.length > 0,
    },
    secrets: ofSecrets.secrets,
    problems: [...problems, ...(ofFile.ok ? [] : ofFile.error)],
  };
}

/** The error never quotes what is in a file. */
async function readSecretFiles(texts: readonly string[]): Promise<{
  readonly files: readonly GivenParam[];
  readonly secrets: Secrets;
  readonly problems: readonly string[];
}> {
  const { values: files, problems: ofOptions } = readParamOptions(texts, "--secret-file");
  const secrets: Record<string, string> = {};
  const problems = ofOptions.map(formatFlowProblem);
  for (const { name, value } of files) {
    const read = await readPrivateFile(String(value), `--secret-file ${name}`);
    const fault = read.ok ? secretFault(read.value) : undefined;
    if (read.ok && fault === undefined) secrets[name] = read.value;
    if (!read.ok) problems.push(read.error);
    else if (fault !== undefined) problems.push(`--secret-file ${name}: ${String(value)} ${fault}`);
  }
  return { files, secrets, problems };
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
 * A run goes on with what it was started with. The values may be given again, as they were; its secrets must be, since
 * no journal holds them: those that files hold.
 */
export async function paramsAgain(
  plan: RunPlan,
  sources: ParamSources,
): Promise<Result<Secrets, readonly string[]>> {
  const { given, secrets, problems } = await readGivenParams(sources);
  const { params = {}, secretParams = [] } = plan;
  const told = [
    ...given.values.flatMap((one) => tellChanged(one, params)),
    ...(given.secretFiles ?? []).flatMap((one) => tellUnknown(one, secretParams)),
  ];
  return told.length + problems.length > 0
    ? fail([...problems, ...told.map(formatFlowProblem)])
    : succeed(secrets);
}

function tellUnknown({ name, problemAt }: GivenParam, names: readonly string[]): readonly FlowProblem[] {
  return names.includes(name) ? [] : [problemAt("name", `the run has no secret ${JSON.stringify(name)}`)];
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
