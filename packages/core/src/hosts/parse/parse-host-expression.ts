import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import { trim } from "./parse-bracket.ts";
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
    const span = operandSpan(text, { start, end: whole.end });
    const operand = span.ok ? readOperand(text, span.value, whole) : span;
    if (!operand.ok) {
      yield fail(operand.error);
      return;
    }
    const { end } = operand.value.span;
    const isOnly = start === whole.start && end === whole.end;
    yield succeed({ operator, operand: operand.value, isOnly });
    operator = (text[end] ?? ",") as Operator;
    start = end + 1;
  }
}

const BRACKET_OR_OPERATOR = /[[\],!&^]/g;

/** The operand that begins here: up to the next operator outside of brackets, or to the end. */
function operandSpan(text: string, { start, end }: Span): Result<Span, HostExpressionProblem> {
  let depth = 0;
  let opened = start;
  BRACKET_OR_OPERATOR.lastIndex = start;
  for (;;) {
    const at = BRACKET_OR_OPERATOR.exec(text)?.index ?? end;
    if (text[at] === "[") {
      if (depth === 0) opened = at;
      depth += 1;
    } else if (text[at] === "]") {
      if (depth === 0) return failAt({ start: at, end: at + 1 }, { message: 'this "]" closes no bracket' });
      depth -= 1;
    } else if (depth === 0) {
      return succeed({ start, end: at });
    } else if (at === end) {
      return failAt({ start: opened, end: opened + 1 }, { message: 'this "[" is never closed' });
    }
  }
}

function readOperand(text: string, span: Span, whole: Span): Result<Operand, HostExpressionProblem> {
  if (span.start < span.end) return parseOperand(text, span);
  const isLast = span.end === whole.end;
  const at = isLast ? span.end - 1 : span.end;
  const side = isLast ? "after" : "before";
  return failAt(
    { start: at, end: at + 1 },
    {
      message: `a host or a group is missing ${side} "${text[at] ?? ""}"`,
      hint: "operators stand between two operands: a,b (both), a!b (without), a&b (in both), a^b (in one)",
    },
  );
}
