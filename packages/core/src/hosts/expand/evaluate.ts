import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import { chooseByLabels } from "./choose-by-labels.ts";
import { groupFault, inGroup } from "./group-faults.ts";
import { type HostLabels, LabelledMembers } from "./host-labels.ts";
import type { HostSet, HostSource } from "./host-set.ts";
import { combine, sourceOf, unite } from "./host-set.ts";
import { UNKNOWN_HERE, UNREAD } from "./label-faults.ts";
import { countNames, eachName, isWithoutRepeats } from "../parse/name-template.ts";
import type { Term } from "../parse/parse-host-expression.ts";
import { parseHostExpression } from "../parse/parse-host-expression.ts";
import type { Operand } from "../parse/parse-operand.ts";
import type { Fault, HostExpressionProblem, Span } from "../problem.ts";
import { failAt } from "../problem.ts";

type Evaluated = Result<HostSource, HostExpressionProblem>;

/** What one expansion knows while it runs. */
export interface Evaluation {
  readonly groups: ReadonlyMap<string, string>;
  readonly maxHosts: number;
  /** Of all hosts; "unread" while they are being read, and undefined where there are none. */
  readonly labels?: HostLabels | "unread";
  /** Whether it is fine that labels choose no host. */
  readonly allowEmpty: boolean;
  /** Groups evaluated already: each is evaluated once, however often it is named. */
  readonly done: Map<string, HostSource>;
  /** The groups that are being evaluated, outermost first. */
  readonly path: string[];
  /** How many hosts may still be looked at: bounds the time, as `maxHosts` bounds the memory. */
  hostsLeft: number;
  /** The problem within a group that ends this expansion, told with its position in that group. */
  groupFault?: Fault;
}

type Given = Pick<Evaluation, "groups" | "maxHosts" | "labels" | "allowEmpty">;

export function newEvaluation(given: Given): Evaluation {
  return { ...given, done: new Map(), path: [], hostsLeft: mostHostsRead(given.maxHosts) };
}

/** Enough for an expression that names its hosts, leaves some out and adds others. */
function mostHostsRead(maxHosts: number): number {
  return Math.max(4 * maxHosts, 100_000);
}

/** The hosts that an expression means, each once, in order of first appearance. */
export function evaluate(text: string, evaluation: Evaluation): Evaluated {
  let set: HostSet = new Map();
  for (const term of parseHostExpression(text)) {
    if (!term.ok) return term;
    const { operator, operand, isOnly } = term.value;
    const hosts = hostsOfTerm(text, term.value, evaluation);
    if (!hosts.ok) return hosts;
    const fault = overBound(hosts.value.count, evaluation);
    if (fault) return failAt(operand.span, fault);
    // A single operand need not be held in a set: that halves the time and memory of the largest ranges.
    if (isOnly && hosts.value.isDistinct) return hosts;
    const combined = combine(set, operator, hosts.value, evaluation.maxHosts);
    if (!combined.ok) return failAt(operand.span, combined.error);
    set = combined.value;
  }
  return succeed(sourceOf(set));
}

function hostsOfTerm(text: string, { operand, labels: choices }: Term, evaluation: Evaluation): Evaluated {
  const isGroup = operand.kind === "groups";
  const all = (): Evaluated => (isGroup ? groupHosts(operand, evaluation) : writtenHosts(operand));
  const [first] = choices;
  if (first === undefined) return all();
  const { labels, groups, allowEmpty } = evaluation;
  if (labels === undefined || labels === "unread")
    return failAt(first.span, labels === undefined ? UNKNOWN_HERE : UNREAD);
  const written = text.slice(operand.span.start, operand.span.end);
  const place = { groups, written, allowEmpty };
  let members = isGroup ? labels.membersOf(place) : undefined;
  if (members === undefined) {
    const hosts = all();
    if (!hosts.ok) return hosts;
    const fault = overBound(hosts.value.count, evaluation);
    if (fault) return failAt(operand.span, fault);
    members = new LabelledMembers(hosts.value, labels);
    if (isGroup) labels.keep(place, members);
  }
  return chooseByLabels(choices, { members, labels, written, allowEmpty });
}

function overBound(count: number, evaluation: Evaluation): Fault | undefined {
  const { maxHosts } = evaluation;
  if (count > maxHosts) {
    return {
      message: `${Number.isSafeInteger(count) ? count : "far too many"} hosts; at most ${maxHosts} are allowed`,
      hint: "is a number too long, or a bracket too many?",
    };
  }
  evaluation.hostsLeft -= count;
  if (evaluation.hostsLeft >= 0) return undefined;
  return {
    message: `all operands up to here, groups included, name more than ${mostHostsRead(maxHosts)} hosts`,
    hint: "name each host fewer times",
  };
}

function writtenHosts({ names, login }: Operand): Evaluated {
  return succeed({
    count: countNames(names),
    isDistinct: isWithoutRepeats(names),
    each: (visit) => {
      eachName(names, (name) => visit(name, login));
    },
  });
}

/** The union of the groups that `@name` or `@name[1-3]` stands for. */
function groupHosts({ names, span }: Operand, evaluation: Evaluation): Evaluated {
  const sources: HostSource[] = [];
  let problem: HostExpressionProblem | undefined;
  eachName(names, (name) => {
    const source = namedGroup(name, span, evaluation);
    if (source.ok) sources.push(source.value);
    else problem = source.error;
    return problem === undefined;
  });
  if (problem) return fail(problem);
  const [only] = sources;
  if (only && sources.length === 1) return succeed(only);
  const union: HostSet = new Map();
  for (const source of sources) {
    const fault = overBound(source.count, evaluation);
    if (fault) return failAt(span, fault);
    const united = unite(union, source, evaluation.maxHosts);
    if (!united.ok) return failAt(span, united.error);
  }
  return succeed(sourceOf(union));
}

function namedGroup(name: string, span: Span, evaluation: Evaluation): Evaluated {
  const known = evaluation.done.get(name);
  if (known) return succeed(known);
  const { groups, path } = evaluation;
  const fault = groupFault(name, groups, path);
  if (fault) return failAt(span, fault);
  path.push(name);
  const hosts = evaluate(groups.get(name) ?? "", evaluation);
  path.pop();
  if (!hosts.ok) {
    // The innermost group comes here first; the outer ones only move the position.
    evaluation.groupFault ??= inGroup([...path, name], hosts.error);
    return failAt(span, evaluation.groupFault);
  }
  evaluation.done.set(name, hosts.value);
  return hosts;
}
