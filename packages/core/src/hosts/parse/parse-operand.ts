import type { Result } from "../../errors.ts";
import { succeed } from "../../errors.ts";
import type { Host } from "../host.ts";
import { hostNameFault, ipv6Fault, shorten } from "./host-name.ts";
import type { NameTemplate } from "./name-template.ts";
import { extremeNames } from "./name-template.ts";
import { IPV6_CHARACTERS, NAME_CHARACTERS, parseTemplate } from "./parse-template.ts";
import type { Fault, HostExpressionProblem, Span } from "../problem.ts";
import { failAt } from "../problem.ts";
import { lastOutsideBrackets, splitAddress } from "./split-address.ts";
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
  const names = parseTemplate(text, address.name, isIpv6 ? IPV6_CHARACTERS : NAME_CHARACTERS);
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

/** `span` begins with the colon. */
function parsePort(text: string, span: Span): Result<number, HostExpressionProblem> {
  const digits = text.slice(span.start + 1, span.end);
  if (text[span.start] === ":" && /^[1-9]\d{0,4}$/.test(digits) && Number(digits) <= 65535) {
    return succeed(Number(digits));
  }
  if (digits === "") return failAt(span, { message: 'a port is missing after ":"', hint: "such as db1:22" });
  return failAt(span, {
    message: `"${shorten(text.slice(span.start, span.end))}" is not a port`,
    hint: "a port is a colon and a number from 1 to 65535; it cannot be a range",
  });
}

/** `@group`, `@source:group`; `@*` and `@source:*` are all hosts of a source, by the names `*` and `source:*`. */
function parseGroups(text: string, span: Span): Result<Operand, HostExpressionProblem> {
  const operand = text.slice(span.start, span.end);
  const fault = groupFault(operand);
  if (fault) return failAt(span, fault);
  const [source = ""] = SOURCE.exec(operand.slice(1)) ?? [];
  const start = span.start + 1 + source.length;
  const group = text.slice(start, span.end);
  const names: Result<NameTemplate, HostExpressionProblem> =
    group === EVERY
      ? succeed({ texts: [EVERY], brackets: [] })
      : parseTemplate(text, { start, end: span.end }, NAME_CHARACTERS);
  if (!names.ok) return names;
  const [first = "", ...texts] = names.value.texts;
  const named = { ...names.value, texts: [source + first, ...texts] };
  return succeed({ kind: "groups", names: named, login: NO_LOGIN, span });
}

const EVERY = "*";
const SOURCE = /^[A-Za-z0-9_][A-Za-z0-9_.-]*:/;

/** What lacks a name, and what other tools write with `@`, refused by name. */
function groupFault(operand: string): Fault | undefined {
  if (operand === "@") return { message: 'a group\'s name is missing after "@"', hint: "such as @db" };
  if (operand.startsWith("@@")) {
    return {
      message: '"@@source" (all groups of a source) is not supported',
      hint: "name a group, as in @db; all hosts of a source are @source:*",
    };
  }
  if (operand.startsWith("@:")) {
    return { message: 'a source\'s name is missing before ":"', hint: "such as @racks:rack1" };
  }
  if (/^@[^[\]:]*:$/.test(operand)) {
    return { message: 'a group\'s name is missing after ":"', hint: "such as @racks:rack1" };
  }
  return undefined;
}
