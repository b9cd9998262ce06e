import { fail } from "../errors.ts";

/** What is wrong with a host expression, and where. */
export interface HostExpressionProblem {
  readonly message: string;
  /**
   * From 1, in UTF-16 units of the expression. A fault inside a group stands at the `@group` of the
   * outermost expression; the message then tells the group and the column in it.
   */
  readonly column: number;
  /** How many UTF-16 units, from `column` on, are meant. */
  readonly length?: number;
  /** What to do about it. */
  readonly hint?: string;
  /** Whether nothing is wrong with it but that it leaves no host. */
  readonly isEmpty?: true;
}

/** A part of an expression: offsets from 0, `end` not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What is wrong with a piece of text, before it is known where the piece stands. */
export interface Fault {
  readonly message: string;
  readonly hint?: string;
  readonly isEmpty?: true;
}

/** The failed result for a fault at a position. */
export function failAt(
  span: Span,
  fault: Fault,
): { readonly ok: false; readonly error: HostExpressionProblem } {
  return fail({ ...fault, column: span.start + 1, length: Math.max(1, span.end - span.start) });
}
