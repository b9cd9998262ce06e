import {
  clusterShellInventory,
  fail,
  groupsNamed,
  succeed,
  type FoundGroup,
  type LoadedInventory,
  type Result,
} from "@roadrunner/core";
import { AT_ONCE } from "../bounded-program.ts";
import { askSource } from "./ask-source.ts";
import type { GroupSources } from "./read-groups-conf.ts";

/** `group`, `source:group`, `*`, `source:*`: names that can be filled into a command. */
const SOURCE_OF = /^(?:([A-Za-z0-9_][A-Za-z0-9_.-]*):)?(\*|[A-Za-z0-9_][A-Za-z0-9_.-]*)$/;

/** All commands together: a thousand groups are a thousand shells. */
const ALL_WITHIN_MS = 120_000;
/** Who reads on? What is wrong with a source is wrong with all its groups. */
const MOST_TOLD = 10;

type Answer = Result<FoundGroup, string>;

/**
 * The groups of ClusterShell's sources, each asked for when something names it, and once: a source may be a batch system
 * with a group for each of its thousands of jobs, and every group costs a command.
 */
export class ClusterShellGroups {
  readonly #of: GroupSources;
  readonly #answers = new Map<string, Promise<Answer>>();

  constructor(of: GroupSources) {
    this.#of = of;
  }

  /** An inventory with these groups and all that they name, as far as they can be of a source. */
  async named(
    names: Iterable<string>,
    withinMs = ALL_WITHIN_MS,
  ): Promise<Result<LoadedInventory, readonly string[]>> {
    const untilMs = performance.now() + withinMs;
    const groups = new Map<string, FoundGroup>();
    const problems: string[] = [];
    const open = [...new Set(names)];
    const seen = new Set(open);
    // It grows by what the answers name.
    for (let asked = 0; asked < open.length;) {
      const some = open.slice(asked, asked + AT_ONCE);
      asked += some.length;
      const answers = await Promise.all(some.map(async (name) => this.#ask(name, untilMs)));
      for (const [index, answer] of answers.entries()) {
        if (answer?.ok === false) problems.push(answer.error);
        if (answer?.ok !== true) continue;
        groups.set(some[index] ?? "", answer.value);
        for (const name of groupsNamed(answer.value.expression)) {
          if (!seen.has(name)) open.push(name);
          seen.add(name);
        }
      }
      const left = open.length - asked;
      if (left > 0 && (problems.length >= MOST_TOLD || performance.now() >= untilMs)) {
        problems.push(`${this.#of.file}: ${left} more groups were not asked for`);
        break;
      }
    }
    return problems.length > 0
      ? fail([...new Set(problems)])
      : succeed(clusterShellInventory(this.#of.file, groups, this.#of.notes));
  }

  /** Undefined: it is of no source here, which whoever names it tells. */
  async #ask(name: string, untilMs: number): Promise<Answer | undefined> {
    const before = this.#answers.get(name);
    if (before !== undefined) return before;
    const answer = this.#answer(name, untilMs);
    if (answer === undefined) return undefined;
    this.#answers.set(name, answer);
    return answer;
  }

  #answer(name: string, untilMs: number): Promise<Answer> | undefined {
    const [, written, group = ""] = SOURCE_OF.exec(name) ?? [];
    const source = this.#of.sources.get(written ?? this.#of.default ?? "");
    // Such as the list of an expression, whose name no command should see.
    if (group === "") return undefined;
    if (source === undefined && written !== undefined)
      return Promise.resolve(fail(this.#noSource(name, written)));
    if (source === undefined) return undefined;
    // Always with its source: a flow's own group of that name is another.
    const { problem } = source;
    if (written === undefined)
      return Promise.resolve(succeed({ expression: `@${source.name}:${group}`, problem }));
    return askSource(source, group, untilMs);
  }

  #noSource(name: string, source: string): string {
    const known = [...this.#of.sources.keys()].join(", ");
    const message = `${this.#of.file}: @${name}: there is no source of groups ${source}`;
    return known === "" ? `${message}, nor any other` : `${message}; there are: ${known}`;
  }
}
