import type { Result } from "../../errors.ts";
import { succeed } from "../../errors.ts";
import { operandAt, OPERATORS, type OperandPlace } from "./operand-place.ts";
import { trim } from "./parse-bracket.ts";
import { parseLabels, type LabelChoice } from "./parse-labels.ts";
import type { Operand } from "./parse-operand.ts";
import { parseOperand } from "./parse-operand.ts";
import type { HostExpressionProblem, Span } from "../problem.ts";
import { failAt } from "../problem.ts";

/** `,` union, `!` minus, `&` and, `^` exclusive or. */
export type Operator = "," | "!" | "&" | "^";

/** An operand and how it is joined to all that stands left of it; the first one by a union. */
export interface Term {
  readonly operator: Operator;
  readonly operand: Operand;
  /** `{rack=r7}` behind the operand: only those of its hosts that have all of these labels. */
  readonly labels: readonly LabelChoice[];
  /** Whether the expression has no other term. */
  readonly isOnly: boolean;
}

/**
 * Reads an expression, operands and operators without precedence and without parentheses, term by term, so
 * that a long list need not be held twice. Ends after the first problem.
 */
export function* parseHostExpression(text: string): Generator<Result<Term, HostExpressionProblem>> {
  const whole = trim(text, { start: 0, end: text.length });
  if (whole.start === whole.end) {
    yield failAt({ start: 0, end: 0 }, { message: "the host expression is empty", hint: "such as db[1-3]" });
    return;
  }
  let operator: Operator = ",";
  for (let start = whole.start; start <= whole.end;) {
    const place = operandAt(text, { start, end: whole.end });
    const term = place.ok ? readTerm(text, place.value, { whole, operator }) : place;
    yield term;
    if (!place.ok || !term.ok) return;
    const { end } = place.value;
    operator = (text[end] ?? ",") as Operator;
    start = end + 1;
  }
}

function readTerm(
  text: string,
  place: OperandPlace,
  { whole, operator }: { readonly whole: Span; readonly operator: Operator },
): Result<Term, HostExpressionProblem> {
  const operand = readOperand(text, place, whole);
  if (!operand.ok) return operand;
  const labels = place.labels === undefined ? succeed(NO_LABELS) : parseLabels(text, place.labels);
  if (!labels.ok) return labels;
  const isOnly = place.names.start === whole.start && place.end === whole.end;
  return succeed({ operator, operand: operand.value, labels: labels.value, isOnly });
}

const NO_LABELS: readonly LabelChoice[] = [];

function readOperand(
  text: string,
  { names, labels, end }: OperandPlace,
  whole: Span,
): Result<Operand, HostExpressionProblem> {
  if (names.start < names.end) return parseOperand(text, names);
  const isLast = labels === undefined && end === whole.end;
  const at = isLast ? end - 1 : names.end;
  const side = isLast ? "after" : "before";
  return failAt(
    { start: at, end: at + 1 },
    {
      message: `a host or a group is missing ${side} "${text[at] ?? ""}"`,
      hint: OPERATORS,
    },
  );
}
