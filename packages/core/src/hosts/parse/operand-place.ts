import type { Result } from "../../errors.ts";
import { succeed } from "../../errors.ts";
import type { HostExpressionProblem, Span } from "../problem.ts";
import { failAt } from "../problem.ts";

/** Where an operand stands: its hosts or groups, and what is between the braces behind them. */
export interface OperandPlace {
  readonly names: Span;
  readonly labels?: Span;
  /** Where the next operator is, or the end of the expression. */
  readonly end: number;
}

export const OPERATORS =
  "operators stand between two operands: a,b (both), a!b (without), a&b (in both), a^b (in one)";

type Found = Result<OperandPlace, HostExpressionProblem>;

const SIGN = /[[\]{},!&^]/g;
const OPERATOR = /[,!&^]/;

/** The operand that begins here: up to the next operator outside of brackets and braces, or to the end. */
export function operandAt(text: string, { start, end }: Span): Found {
  let depth = 0;
  let opened = start;
  SIGN.lastIndex = start;
  for (;;) {
    const at = SIGN.exec(text)?.index ?? end;
    const char = text[at];
    if (char === "[") {
      if (depth === 0) opened = at;
      depth += 1;
    } else if (char === "]") {
      if (depth === 0) return failAt({ start: at, end: at + 1 }, { message: 'this "]" closes no bracket' });
      depth -= 1;
    } else if (depth === 0) {
      if (char === "{") return withLabels(text, { start, end: at }, end);
      if (char === "}") return failAt({ start: at, end: at + 1 }, { message: 'this "}" closes no brace' });
      return succeed({ names: { start, end: at }, end: at });
    } else if (at === end) {
      return failAt({ start: opened, end: opened + 1 }, { message: 'this "[" is never closed' });
    }
  }
}

function withLabels(text: string, names: Span, end: number): Found {
  const open = names.end;
  const close = text.indexOf("}", open);
  if (close < 0) {
    const hint = "labels stand in braces: @web{rack=r7}";
    return failAt({ start: open, end: open + 1 }, { message: 'this "{" is never closed', hint });
  }
  const next = close + 1;
  if (next === end || OPERATOR.test(text[next] ?? ""))
    return succeed({ names, labels: { start: open + 1, end: close }, end: next });
  return failAt(
    { start: next, end: next + 1 },
    {
      message: `${text[next] === "{" ? "braces stand" : "something stands"} behind "}" without an operator`,
      hint: `several labels stand in one pair of braces: @web{rack=r7,zone=eu}; ${OPERATORS}`,
    },
  );
}
