import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import type { FlowProblem } from "../problem.ts";
import { quote } from "../source/visible.ts";
import { shellWords } from "./fill-in.ts";
import { readSections } from "./sections.ts";
import type { Section } from "./sections.ts";

/** A command of the file, and a problem with it at its line. */
export interface Upcall {
  readonly command: string;
  readonly problem: (message: string, hint?: string) => FlowProblem;
}

/** A source of groups that commands tell of. */
export interface UpcallSource {
  readonly kind: "upcalls";
  readonly name: string;
  /** Where it is written. */
  readonly file: string;
  readonly map: Upcall;
  readonly all?: Upcall;
  readonly list?: Upcall;
  readonly problem: (message: string, hint?: string) => FlowProblem;
}

/** What `[Main]` says; folders as they are written. */
export interface MainSettings {
  readonly default?: {
    readonly name: string;
    readonly problem: (message: string, hint?: string) => FlowProblem;
  };
  readonly confdirs: readonly string[];
  readonly autodirs: readonly string[];
}

export interface GroupsConf {
  readonly main: MainSettings;
  readonly sources: readonly UpcallSource[];
}

const MAIN = "Main";
/** A name that `@source:group` can have, or a group. */
export const SOURCE_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** Reads ClusterShell's groups.conf, or a `*.conf` beside it, whose `[Main]` counts for nothing. */
export function loadGroupsConf(
  text: Uint8Array | string,
  file: string,
): Result<GroupsConf, readonly FlowProblem[]> {
  const read = readSections(text, file);
  if (!read.ok) return read;
  const { source, sections } = read.value;
  const problems: FlowProblem[] = [];
  const at =
    (offset: number) =>
    (message: string, hint?: string): FlowProblem =>
      source.problemAt(offset, [], message, hint);
  const main = sections.find(({ name }) => name === MAIN);
  const sources = sections
    .filter((section) => section !== main)
    .flatMap((section) => sourcesIn(section, file, at, problems));
  const settings = mainIn(main, at, problems);
  return problems.length > 0 ? fail(problems) : succeed({ main: settings, sources });
}

type At = (offset: number) => Upcall["problem"];

/** `[slurmpart,sp]` are two of the same commands. */
function sourcesIn(
  { name, offset, settings }: Section,
  file: string,
  at: At,
  problems: FlowProblem[],
): readonly UpcallSource[] {
  const problem = at(offset);
  const upcall = (key: string): Upcall | undefined => {
    const found = settings.get(key);
    const command = found?.value ?? "";
    return found === undefined || command === "" ? undefined : { command, problem: at(found.offset) };
  };
  const [map, all, list] = [upcall("map"), upcall("all"), upcall("list")];
  if (map === undefined) {
    problems.push(problem(`the source [${name}] has no "map", the command that tells the hosts of a group`));
    return [];
  }
  return name.split(",").flatMap((one): readonly UpcallSource[] => {
    if (!SOURCE_PATTERN.test(one)) {
      const hint = "letters, digits, _ . and -; several names have a comma and nothing else between them";
      problems.push(problem(`${quote(one)} is no name of a source of groups`, hint));
      return [];
    }
    const optional = { ...(all && { all }), ...(list && { list }) };
    return [{ kind: "upcalls", name: one, file, map, ...optional, problem }];
  });
}

function mainIn(main: Section | undefined, at: At, problems: FlowProblem[]): MainSettings {
  const written = (
    key: string,
  ): { readonly value: string; readonly problem: Upcall["problem"] } | undefined => {
    const setting = main?.settings.get(key);
    return setting && { value: setting.value.replaceAll("%%", "%"), problem: at(setting.offset) };
  };
  const folders = (...keys: readonly string[]): readonly string[] => {
    const found = keys.map(written).find((one) => one !== undefined);
    const words = shellWords(found?.value ?? "");
    if (found !== undefined && words === undefined)
      problems.push(found.problem("a quote or a backslash has no end in these folders"));
    return words ?? [];
  };
  const named = written("default");
  return {
    ...(named === undefined || named.value === ""
      ? {}
      : { default: { name: named.value, problem: named.problem } }),
    // Its old name goes first, as there.
    confdirs: folders("groupsdir", "confdir"),
    autodirs: folders("autodir"),
  };
}
