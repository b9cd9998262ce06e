import leven from "leven";
import type { Result } from "../errors.ts";
import { fail, succeed } from "../errors.ts";
import { shorten } from "./host-name.ts";
import type { HostSet, NameSource } from "./host-set.ts";
import { combine } from "./host-set.ts";
import { countNames, eachName } from "./name-template.ts";
import { parseHostExpression } from "./parse-host-expression.ts";
import type { Operand } from "./parse-operand.ts";
import type { Fault, HostExpressionProblem, Span } from "./problem.ts";
import { failAt } from "./problem.ts";

/** The most groups that may stand in one another: far beyond real ones, and safe for the stack. */
const MAX_GROUP_DEPTH = 100;

/** What one expansion knows while it runs. */
export interface Evaluation {
  readonly groups: ReadonlyMap<string, string>;
  readonly maxHosts: number;
  /** Groups evaluated already: each is evaluated once, however often it is named. */
  readonly done: Map<string, HostSet>;
  /** The groups that are being evaluated, outermost first. */
  readonly path: string[];
  /** How many names may still be looked at: bounds the time, as `maxHosts` bounds the memory. */
  namesLeft: number;
}

export function newEvaluation(groups: ReadonlyMap<string, string>, maxHosts: number): Evaluation {
  // Four times the bound lets an expression name its hosts, leave some out and add others.
  return { groups, maxHosts, done: new Map(), path: [], namesLeft: Math.max(4 * maxHosts, 100_000) };
}

/** The set that an expression means; it belongs to the caller. */
export function evaluate(text: string, evaluation: Evaluation): Result<HostSet, HostExpressionProblem> {
  const terms = parseHostExpression(text);
  if (!terms.ok) return terms;
  let set: HostSet = new Map();
  for (const { operator, operand } of terms.value) {
    const names = operand.kind === "hosts" ? writtenHosts(operand) : groupHosts(operand, evaluation);
    if (!names.ok) return names;
    const fault = overBound(names.value.count, evaluation);
    if (fault) return failAt(operand.span, fault);
    const combined = combine(set, operator, names.value, evaluation.maxHosts);
    if (!combined.ok) return failAt(operand.span, combined.error);
    set = combined.value;
  }
  return succeed(set);
}

function overBound(count: number, evaluation: Evaluation): Fault | undefined {
  const { maxHosts } = evaluation;
  if (count > maxHosts) {
    return {
      message: `${Number.isSafeInteger(count) ? count : "too many"} hosts; at most ${maxHosts} are allowed`,
      hint: "is a number too long, or a bracket too many?",
    };
  }
  evaluation.namesLeft -= count;
  if (evaluation.namesLeft >= 0) return undefined;
  return {
    message: `the parts of this expression name more than ${4 * maxHosts} hosts, counted with repeats`,
  };
}

function writtenHosts({ names, login }: Operand): Result<NameSource, never> {
  return succeed({
    count: countNames(names),
    each: (visit) => {
      eachName(names, (name) => visit(name, login));
    },
  });
}

/** The union of the groups that `@name` or `@name[1-3]` stands for. */
function groupHosts(operand: Operand, evaluation: Evaluation): Result<NameSource, HostExpressionProblem> {
  const sets: HostSet[] = [];
  let problem: HostExpressionProblem | undefined;
  eachName(operand.names, (name) => {
    const set = groupSet(name, operand.span, evaluation);
    if (set.ok) sets.push(set.value);
    else problem = set.error;
    return problem === undefined;
  });
  if (problem) return fail(problem);
  return succeed({
    count: sets.reduce((sum, set) => sum + set.size, 0),
    each: (visit) => {
      for (const set of sets) {
        for (const [name, login] of set) if (!visit(name, login)) return;
      }
    },
  });
}

function groupSet(name: string, span: Span, evaluation: Evaluation): Result<HostSet, HostExpressionProblem> {
  const known = evaluation.done.get(name);
  if (known) return succeed(known);
  const { groups, path } = evaluation;
  const text = groups.get(name);
  if (text === undefined) return failAt(span, unknownGroup(name, groups));
  const from = path.indexOf(name);
  if (from >= 0) {
    const cycle = [...path.slice(from), name].map((group) => `@${group}`).join(" → ");
    return failAt(span, { message: `the group @${name} contains itself: ${cycle}` });
  }
  if (path.length >= MAX_GROUP_DEPTH) {
    return failAt(span, { message: `groups stand in one another more than ${MAX_GROUP_DEPTH} deep` });
  }
  path.push(name);
  const set = evaluate(text, evaluation);
  path.pop();
  if (set.ok) {
    evaluation.done.set(name, set.value);
    return set;
  }
  const { message, column, hint } = set.error;
  const inGroup = `in the group @${name}, column ${column}: ${message}`;
  return failAt(span, hint === undefined ? { message: inGroup } : { message: inGroup, hint });
}

function unknownGroup(name: string, groups: ReadonlyMap<string, string>): Fault {
  const message = `there is no group @${shorten(name)}`;
  const known = [...groups.keys()];
  const near = known.find((group) => leven(group, name, { maxDistance: 3 }) <= Math.min(2, name.length / 2));
  if (near !== undefined) return { message, hint: `did you mean @${near}?` };
  if (known.length === 0) return { message, hint: "no groups are defined in the flow or the inventory" };
  const listed = known.slice(0, 8).map((group) => `@${group}`);
  return { message, hint: `groups: ${listed.join(", ")}${known.length > 8 ? ", …" : ""}` };
}
