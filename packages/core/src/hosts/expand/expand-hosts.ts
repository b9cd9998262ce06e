import type { Result } from "../../errors.ts";
import { succeed } from "../../errors.ts";
import { evaluate, newEvaluation } from "./evaluate.ts";
import type { Host } from "../host.ts";
import type { HostLabels } from "./host-labels.ts";
import type { HostExpressionProblem } from "../problem.ts";
import { failAt } from "../problem.ts";

/** How an expression is expanded. */
export interface ExpandOptions {
  /** A group's name, without `@`, to its host expression. */
  readonly groups?: ReadonlyMap<string, string>;
  /** The most hosts that may come out, and that each operand and group may have; 1,000,000 by default. */
  readonly maxHosts?: number;
  /** By which `{rack=r7}` chooses; "unread" where they are only being read. */
  readonly labels?: HostLabels | "unread" | undefined;
  /** Whether it is fine that no host comes out. */
  readonly allowEmpty?: boolean;
}

const NO_GROUPS: ReadonlyMap<string, string> = new Map();
const DEFAULT_MAX_HOSTS = 1_000_000;

/**
 * The hosts of an expression in order of first appearance, each name once. Ranges `db[1-9/2,12]` keep
 * their zero padding; `,` `!` `&` `^` apply strictly from left to right; `@name` is a group, `{rack=r7}` behind
 * hosts those of them that have this label.
 */
export function expandHosts(
  expression: string,
  options: ExpandOptions = {},
): Result<readonly Host[], HostExpressionProblem> {
  const { groups = NO_GROUPS, maxHosts = DEFAULT_MAX_HOSTS, allowEmpty = false, labels } = options;
  const given = { groups, maxHosts, allowEmpty, ...(labels === undefined ? {} : { labels }) };
  const source = evaluate(expression, newEvaluation(given));
  if (!source.ok) return source;
  if (source.value.count === 0 && !allowEmpty) {
    return failAt(
      { start: 0, end: expression.length },
      { message: "no host is left of this expression", isEmpty: true },
    );
  }
  const hosts: Host[] = [];
  source.value.each((name, login) => {
    hosts.push({ name, ...login });
    return true;
  });
  return succeed(hosts);
}
