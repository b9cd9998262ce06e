import type { Result } from "../errors.ts";
import { succeed } from "../errors.ts";
import { evaluate, newEvaluation } from "./evaluate.ts";
import type { Host } from "./host.ts";
import type { HostExpressionProblem } from "./problem.ts";
import { failAt } from "./problem.ts";

/** How an expression is expanded. */
export interface ExpandOptions {
  /** A group's name, without `@`, to its host expression. */
  readonly groups?: ReadonlyMap<string, string>;
  /** The most hosts that an expansion, and each operand and group in it, may have. */
  readonly maxHosts?: number;
  /** Whether it is fine that no host comes out. */
  readonly allowEmpty?: boolean;
}

export const DEFAULT_MAX_HOSTS = 1_000_000;

/**
 * The hosts of an expression in order of first appearance, each name once. Ranges `db[1-9/2,12]` keep
 * their zero padding; `,` `!` `&` `^` apply strictly from left to right; `@name` is a group.
 */
export function expandHosts(
  expression: string,
  options: ExpandOptions = {},
): Result<readonly Host[], HostExpressionProblem> {
  const { groups = new Map<string, string>(), maxHosts = DEFAULT_MAX_HOSTS, allowEmpty = false } = options;
  const set = evaluate(expression, newEvaluation(groups, maxHosts));
  if (!set.ok) return set;
  if (set.value.size === 0 && !allowEmpty) {
    return failAt(
      { start: 0, end: expression.length },
      { message: "no host is left of this expression", hint: "set allowEmpty if that is intended" },
    );
  }
  return succeed(Array.from(set.value, ([name, login]) => ({ name, ...login })));
}
