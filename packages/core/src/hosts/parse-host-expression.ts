import type { Result } from "../errors.ts";
import { succeed } from "../errors.ts";
import { trim } from "./parse-bracket.ts";
import type { Operand } from "./parse-operand.ts";
import { parseOperand } from "./parse-operand.ts";
import type { HostExpressionProblem, Span } from "./problem.ts";
import { failAt } from "./problem.ts";

/** `,` union, `!` minus, `&` and, `^` exclusive or. */
export type Operator = "," | "!" | "&" | "^";

/** An operand and how it is joined to all that stands left of it; the first one by a union. */
export interface Term {
  readonly operator: Operator;
  readonly operand: Operand;
}

/** Reads an expression: operands and operators, without precedence and without parentheses. */
export function parseHostExpression(text: string): Result<readonly Term[], HostExpressionProblem> {
  const whole = trim(text, { start: 0, end: text.length });
  if (whole.start === whole.end) {
    return failAt({ start: 0, end: 0 }, { message: "the host expression is empty", hint: "such as db[1-3]" });
  }
  const terms: Term[] = [];
  let operator: Operator = ",";
  for (let start = whole.start; start <= whole.end;) {
    const end = endOfOperand(text, { start, end: whole.end });
    if (!end.ok) return end;
    if (end.value === start) return failAt(...missingOperand(text, whole, start));
    const operand = parseOperand(text, { start, end: end.value });
    if (!operand.ok) return operand;
    terms.push({ operator, operand: operand.value });
    operator = (text[end.value] ?? ",") as Operator;
    start = end.value + 1;
  }
  return succeed(terms);
}

/** Where the operand ends: before the next operator outside of brackets, or with the expression. */
function endOfOperand(text: string, { start, end }: Span): Result<number, HostExpressionProblem> {
  const open: number[] = [];
  for (let at = start; at < end; at += 1) {
    const char = text[at] ?? "";
    if (char === "[") {
      open.push(at);
    } else if (char === "]") {
      if (open.pop() === undefined) {
        return failAt({ start: at, end: at + 1 }, { message: 'this "]" closes no bracket' });
      }
    } else if (open.length === 0 && (char === "," || char === "!" || char === "&" || char === "^")) {
      return succeed(at);
    }
  }
  const unclosed = open[0];
  if (unclosed !== undefined) {
    return failAt({ start: unclosed, end: unclosed + 1 }, { message: 'this "[" is never closed' });
  }
  return succeed(end);
}

function missingOperand(
  text: string,
  whole: Span,
  at: number,
): [Span, { readonly message: string; readonly hint: string }] {
  const place = at < whole.end ? at : at - 1;
  const side = at === whole.start ? "before" : at < whole.end ? "between two operators, before" : "after";
  return [
    { start: place, end: place + 1 },
    {
      message: `a host or a group is missing ${side} "${text[place] ?? ""}"`,
      hint: "operators stand between two operands: a,b (both), a!b (without), a&b (in both), a^b (in one)",
    },
  ];
}
