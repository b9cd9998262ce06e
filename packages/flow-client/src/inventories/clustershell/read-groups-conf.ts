import { access, constants, readdir, stat } from "node:fs/promises";
import { dirname, join, normalize, resolve } from "node:path";
import {
  fail,
  fillIn,
  formatFlowProblem,
  loadGroupsConf,
  loadGroupsYaml,
  succeed,
  type FileSource,
  type GroupsConf,
  type PlanNote,
  type Result,
  type UpcallSource,
} from "@roadrunner/core";
import { pathFault, whyUnread } from "@roadrunner/core/files";
import { readInput } from "../../usage/read-input.ts";
import { LIST_WORDS } from "../../usage/list-words.ts";

export type Source = UpcallSource | FileSource;

/** ClusterShell's sources of groups, by name. */
export interface GroupSources {
  /** The file named on the command line. */
  readonly file: string;
  readonly sources: ReadonlyMap<string, Source>;
  /** Whose groups are named without a source. */
  readonly default: string | undefined;
  readonly notes: readonly PlanNote[];
}

type Read = Result<GroupSources, readonly string[]>;

/**
 * Reads groups.conf and what it names, in ClusterShell's order: `*.conf` of `confdir`, `*.yaml` of `autodir`, its own
 * sections; without a `default` the first source is it. Their commands are run, so a file of them that others may write
 * is refused; one that cannot be read is left out, as ClusterShell does, and told.
 */
export async function readGroupsConf(file: string): Promise<Read> {
  const own = await readConf(file);
  if (!own.ok) return own;
  const { main, sources: ownSources } = own.value;
  const folder = dirname(resolve(file));
  const folders = (written: readonly string[]): readonly string[] => [
    ...new Set(written.map((one) => normalize(resolve(fillIn(one, { CFGDIR: folder }))))),
  ];
  const found = new Found();
  for (const confdir of folders(main.confdirs))
    await found.take(confdir, ".conf", async (path) => {
      const conf = await readConf(path);
      return conf.ok ? succeed(conf.value.sources) : conf;
    });
  for (const autodir of folders(main.autodirs)) await found.take(autodir, ".yaml", readYaml);
  found.add(ownSources);
  const [first] = found.sources.keys();
  const named = main.default;
  if (named !== undefined && !found.sources.has(named.name) && found.problems.length === 0) {
    const known = [...found.sources.keys()].join(", ");
    const message = `there is no source of groups ${named.name}`;
    found.problems.push(
      formatFlowProblem(named.problem(message, `there are: ${known === "" ? "none" : known}`)),
    );
  }
  if (found.problems.length > 0) return fail(found.problems);
  return succeed({ file, sources: found.sources, default: named?.name ?? first, notes: found.notes });
}

class Found {
  readonly sources = new Map<string, Source>();
  readonly problems: string[] = [];
  readonly notes: PlanNote[] = [];

  async take(
    folder: string,
    ending: string,
    read: (path: string) => Promise<Result<readonly Source[], readonly string[]>>,
  ): Promise<void> {
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => error);
    if (names instanceof Error) {
      if (names.code !== "ENOENT")
        this.problems.push(`${folder}: cannot read the groups in it: ${whyUnread(names)}`);
      return;
    }
    // As a shell's `*.conf`: none that begins with a dot.
    const wanted = names.filter((name) => name.endsWith(ending) && !name.startsWith("."));
    for (const name of wanted.toSorted()) {
      const path = join(folder, name);
      const why = await whyLeftOut(path);
      if (why !== undefined) {
        const message = `${path} is left out: ${why}`;
        this.notes.push({ kind: "inventory", warning: false, message });
        continue;
      }
      const sources = await read(path);
      if (sources.ok) this.add(sources.value);
      else this.problems.push(...sources.error);
    }
  }

  add(sources: readonly Source[]): void {
    for (const source of sources) {
      const { name, problem } = source;
      const before = this.sources.get(name);
      const fault =
        before !== undefined
          ? `the source of groups ${name} is in ${before.file} already`
          : LIST_WORDS.includes(name)
            ? `a source of groups cannot be called ${name}: @${name}: names a list of hosts on the command line`
            : undefined;
      if (fault === undefined) this.sources.set(name, source);
      else this.problems.push(formatFlowProblem(problem(fault, "rename it")));
    }
  }
}

async function whyLeftOut(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.R_OK);
    return (await stat(path)).isFile() ? undefined : "it is no regular file";
  } catch (error) {
    return whyUnread(error);
  }
}

async function readConf(file: string): Promise<Result<GroupsConf, readonly string[]>> {
  const text = await readInput(file, "groups");
  if (!text.ok) return text;
  const conf = loadGroupsConf(text.value, file);
  if (!conf.ok) return fail(conf.error.map(formatFlowProblem));
  const fault = pathFault(resolve(file), "public");
  return fault === undefined ? conf : fail([`${file} holds commands, and none of them is run: it ${fault}`]);
}

async function readYaml(file: string): Promise<Result<readonly Source[], readonly string[]>> {
  const text = await readInput(file, "groups");
  if (!text.ok) return text;
  const sources = loadGroupsYaml(text.value, file);
  return sources.ok ? sources : fail(sources.error.map(formatFlowProblem));
}
