import type { Result } from "../errors.ts";
import { succeed } from "../errors.ts";
import { isNameCharacter } from "./characters.ts";
import type { Host } from "./host.ts";
import { hostNameFault, ipv6Fault, shorten } from "./host-name.ts";
import type { NameTemplate } from "./name-template.ts";
import { extremeNames } from "./name-template.ts";
import { parseTemplate } from "./parse-template.ts";
import type { Fault, HostExpressionProblem, Span } from "./problem.ts";
import { failAt } from "./problem.ts";
import { userNameFault } from "./user-name.ts";

/** How a host is reached, apart from its name. */
export type Login = Omit<Host, "name">;

/** Hosts written down, or groups named: `names` are then the groups' names. */
export interface Operand {
  readonly kind: "hosts" | "groups";
  readonly names: NameTemplate;
  readonly login: Login;
  readonly span: Span;
}

const NO_LOGIN: Login = {};

export function parseOperand(text: string, span: Span): Result<Operand, HostExpressionProblem> {
  if (text[span.start] === "@") return parseGroups(text, span);
  const at = lastOutsideBrackets(text, span, "@");
  const user = at === undefined ? undefined : text.slice(span.start, at);
  if (user !== undefined) {
    const fault = userNameFault(user);
    if (fault) return failAt({ start: span.start, end: at ?? span.end }, fault);
  }
  const start = at === undefined ? span.start : at + 1;
  if (start === span.end) {
    return failAt({ start: start - 1, end: start }, { message: 'a host is missing after "@"' });
  }
  const address = splitAddress(text, { start, end: span.end });
  const port = address.port && parsePort(text, address.port);
  if (port && !port.ok) return port;
  const isIpv6 = address.isIpv6;
  const names = parseTemplate(text, address.name, isIpv6 ? isIpv6Character : isNameCharacter);
  if (!names.ok) return names;
  for (const name of extremeNames(names.value)) {
    const fault = name === "" ? NO_NAME : isIpv6 ? ipv6Fault(name) : hostNameFault(name);
    if (fault) return failAt({ start, end: span.end }, fault);
  }
  const login =
    user === undefined && !port
      ? NO_LOGIN
      : { ...(user !== undefined && { user }), ...(port && { port: port.value }) };
  return succeed({ kind: "hosts", names: names.value, login, span });
}

const NO_NAME: Fault = { message: "the host's name is missing", hint: "such as db1 or db1:22" };

function isIpv6Character(char: string): boolean {
  return char === ":" || char === "%" || isNameCharacter(char);
}

interface Address {
  readonly name: Span;
  readonly isIpv6: boolean;
  readonly port?: Span;
}

/** Tells name from port: `name`, `name:port`, an IPv6 literal, or `[IPv6 literal]:port`. */
function splitAddress(text: string, span: Span): Address {
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
    if (depth === 1 && char === ":") isIpv6 = true;
    if (depth === 0) return isIpv6 ? at : undefined;
  }
  return undefined;
}

/** `span` begins with the colon. */
function parsePort(text: string, span: Span): Result<number, HostExpressionProblem> {
  const digits = text.slice(span.start + 1, span.end);
  if (text[span.start] === ":" && /^[1-9]\d{0,4}$/.test(digits) && Number(digits) <= 65535) {
    return succeed(Number(digits));
  }
  return failAt(span, {
    message: `"${shorten(text.slice(span.start, span.end))}" is not a port`,
    hint: "a port is a colon and a number from 1 to 65535; it cannot be a range",
  });
}

function lastOutsideBrackets(text: string, span: Span, wanted: string): number | undefined {
  let depth = 0;
  for (let at = span.end - 1; at >= span.start; at -= 1) {
    const char = text[at];
    if (char === "]") depth += 1;
    else if (char === "[") depth -= 1;
    else if (depth === 0 && char === wanted) return at;
  }
  return undefined;
}

function parseGroups(text: string, span: Span): Result<Operand, HostExpressionProblem> {
  const fault = groupFault(text.slice(span.start, span.end));
  if (fault) return failAt(span, fault);
  const names = parseTemplate(text, { start: span.start + 1, end: span.end }, isNameCharacter);
  return names.ok ? succeed({ kind: "groups", names: names.value, login: NO_LOGIN, span }) : names;
}

/** What other tools write with `@`, refused by name. */
function groupFault(operand: string): Fault | undefined {
  if (operand === "@") return { message: 'a group\'s name is missing after "@"', hint: "such as @db" };
  if (operand.startsWith("@*")) {
    return {
      message: '"@*" (all hosts of all groups) is not supported',
      hint: "name the groups: @db,@fe",
    };
  }
  if (operand.startsWith("@@")) {
    return {
      message: '"@@source" (all groups of a source) is not supported',
      hint: "groups come from the flow and the inventory; name one: @db",
    };
  }
  if (/^@[^[\]@]*:/.test(operand)) {
    return {
      message: '"@source:group" is not supported: there is one source of groups',
      hint: "groups come from the flow and the inventory; name one: @db",
    };
  }
  return undefined;
}
