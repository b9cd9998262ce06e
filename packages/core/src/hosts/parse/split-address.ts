import type { Span } from "../problem.ts";

/** Where the parts of a host stand; `port` begins with what should be its colon. */
export interface Address {
  readonly name: Span;
  readonly isIpv6: boolean;
  readonly port?: Span;
}

/** Tells name from port: `name`, `name:port`, an IPv6 literal, or `[IPv6 literal]:port`. */
export function splitAddress(text: string, span: Span): Address {
  const close = closeOfIpv6(text, span);
  if (close !== undefined) {
    const name = { start: span.start + 1, end: close };
    return close + 1 === span.end
      ? { name, isIpv6: true }
      : { name, isIpv6: true, port: { start: close + 1, end: span.end } };
  }
  const colon = lastOutsideBrackets(text, span, ":");
  if (colon === undefined) return { name: span, isIpv6: false };
  if (lastOutsideBrackets(text, { start: span.start, end: colon }, ":") !== undefined) {
    return { name: span, isIpv6: true };
  }
  return {
    name: { start: span.start, end: colon },
    isIpv6: false,
    port: { start: colon, end: span.end },
  };
}

/** Where the bracket around an IPv6 literal closes; undefined: none, or the first bracket is a range. */
function closeOfIpv6(text: string, span: Span): number | undefined {
  if (text[span.start] !== "[") return undefined;
  let depth = 0;
  let isIpv6 = false;
  for (let at = span.start; at < span.end; at += 1) {
    const char = text[at];
    if (char === "[") depth += 1;
    if (char === "]") depth -= 1;
    if (char === ":") isIpv6 = true;
    if (depth === 0) return isIpv6 ? at : undefined;
  }
  return undefined;
}

/** Where a character stands last outside of brackets. */
export function lastOutsideBrackets(text: string, span: Span, wanted: string): number | undefined {
  let depth = 0;
  for (let at = span.end - 1; at >= span.start; at -= 1) {
    const char = text[at];
    if (char === "]") depth += 1;
    else if (char === "[") depth -= 1;
    else if (depth === 0 && char === wanted) return at;
  }
  return undefined;
}
