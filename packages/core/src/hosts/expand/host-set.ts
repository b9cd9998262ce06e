import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import { formatHost } from "../host.ts";
import type { Operator } from "../parse/parse-host-expression.ts";
import type { Login } from "../parse/parse-operand.ts";
import type { Fault } from "../problem.ts";

/** Names in order of first appearance, and how each is reached. */
export type HostSet = Map<string, Login>;

/** Hosts one by one, so that they need not be held at once. */
export interface HostSource {
  /** How many `each` gives. */
  readonly count: number;
  /** Whether they are all different for certain. */
  readonly isDistinct: boolean;
  /** Calls `visit` with every name until it returns false. */
  readonly each: (visit: (name: string, login: Login) => boolean) => void;
}

export function sourceOf(set: HostSet): HostSource {
  return {
    count: set.size,
    isDistinct: true,
    each: (visit) => {
      for (const [name, login] of set) if (!visit(name, login)) return;
    },
  };
}

/** Applies one operator; `left` may be changed, and is then the result. */
export function combine(
  left: HostSet,
  operator: Operator,
  right: HostSource,
  maxHosts: number,
): Result<HostSet, Fault> {
  switch (operator) {
    case ",":
      return unite(left, right, maxHosts);
    case "!":
      right.each((name) => {
        left.delete(name);
        return true;
      });
      return succeed(left);
    case "&":
      return intersect(left, right);
    case "^":
      return toggle(left, right, maxHosts);
  }
}

export function unite(left: HostSet, right: HostSource, maxHosts: number): Result<HostSet, Fault> {
  if (!staysWithin(left, right, maxHosts)) return fail(tooManyHosts(maxHosts));
  let fault: Fault | undefined;
  right.each((name, login) => {
    const known = left.get(name);
    if (known === undefined) left.set(name, login);
    else if (!isSameLogin(known, login)) fault = twoLogins(name, known, login);
    return fault === undefined;
  });
  return fault ? fail(fault) : succeed(left);
}

function intersect(left: HostSet, right: HostSource): Result<HostSet, Fault> {
  let fault: Fault | undefined;
  const common = new Set<string>();
  right.each((name, login) => {
    const known = left.get(name);
    if (known === undefined) return true;
    // Without a user and a port the right side only filters; with them it must agree.
    if (!isSameLogin(login, {}) && !isSameLogin(known, login)) fault = twoLogins(name, known, login);
    common.add(name);
    return fault === undefined;
  });
  if (fault) return fail(fault);
  return succeed(new Map([...left].filter(([name]) => common.has(name))));
}

function toggle(left: HostSet, right: HostSource, maxHosts: number): Result<HostSet, Fault> {
  const others = unite(new Map(), right, maxHosts);
  if (!others.ok) return others;
  let size = left.size;
  for (const name of others.value.keys()) size += left.has(name) ? -1 : 1;
  if (size > maxHosts) return fail(tooManyHosts(maxHosts));
  for (const [name, login] of others.value) {
    if (!left.delete(name)) left.set(name, login);
  }
  return succeed(left);
}

/** Whether the union stays within the bound; looked at closely only when the sum does not tell. */
function staysWithin(left: HostSet, right: HostSource, maxHosts: number): boolean {
  let size = left.size + right.count;
  if (size <= maxHosts || left.size === 0) return size <= maxHosts;
  right.each((name) => {
    if (left.has(name)) size -= 1;
    return true;
  });
  return size <= maxHosts;
}

function tooManyHosts(maxHosts: number): Fault {
  return {
    message: `more than ${maxHosts} hosts`,
    hint: "name fewer hosts, or split them among several jobs",
  };
}

function isSameLogin(one: Login, other: Login): boolean {
  return one === other || (one.user === other.user && one.port === other.port);
}

function twoLogins(name: string, one: Login, other: Login): Fault {
  return {
    message: `the host ${name} is named twice, as ${formatHost({ name, ...one })} and as ${formatHost({ name, ...other })}`,
    hint: "one host has one user and one port: name it once, or take it out first with !",
  };
}
