import { fail, succeed, type Result } from "@roadrunner/core";
import { matchesList } from "@roadrunner/core/signing";
import { outsideLimit, parseHostLimit, type HostLimit, type Place } from "./host-limit.ts";

/** Users on the hosts, or all. */
export type UserLimit = "all" | ReadonlySet<string>;

/** Whoever matches `principals` may run on `hosts` as `users`; what no rule allows is refused. */
export interface PolicyRule {
  /** OpenSSH pattern list. */
  readonly principals: string;
  readonly hosts: HostLimit;
  readonly users: UserLimit;
}

/** What a task asks for. */
export interface Wanted extends Place {
  /** As whom it logs in, and whom it becomes: each must be allowed. */
  readonly users: readonly string[];
}

const KEYS = ["principals", "hosts", "users"];

/** JSON, `{ "rules": [{ "principals": "alice@*", "hosts": "db[1-10]", "users": ["deploy"] }] }`; every problem at once. */
export function parsePolicy(text: string): Result<readonly PolicyRule[], readonly string[]> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return fail([`it is not JSON: ${(error as Error).message}`]);
  }
  if (!isRecord(json) || Object.keys(json).join() !== "rules" || !Array.isArray(json["rules"]))
    return fail(['it must be { "rules": [ … ] } and nothing else']);
  const rules: PolicyRule[] = [];
  const problems: string[] = [];
  for (const [index, written] of json["rules"].entries()) {
    const rule = readRule(written);
    if (rule.ok) rules.push(rule.value);
    else problems.push(`rule ${index + 1}: ${rule.error}`);
  }
  return problems.length === 0 ? succeed(rules) : fail(problems);
}

/** Why nobody's rule lets this principal do it; undefined: it may. */
export function policyFault(
  rules: readonly PolicyRule[],
  principal: string,
  wanted: Wanted,
): string | undefined {
  const own = rules.filter(({ principals }) => matchesList(principal, principals));
  if (own.length === 0) return `no rule of the policy is for ${principal}`;
  const there = own.filter(({ hosts }) => outsideLimit(hosts, wanted) === undefined);
  if (there.length === 0) {
    const what = own.map(({ hosts }) => outsideLimit(hosts, wanted)).at(-1) ?? wanted.host;
    return `the policy does not give ${principal} ${what}`;
  }
  const may = there.some(({ users }) => outsideUsers(users, wanted.users) === undefined);
  return may
    ? undefined
    : `the policy does not let ${principal} run as ${wanted.users.join(" and ")} on ${wanted.host}`;
}

/** The first user that is not allowed. */
export function outsideUsers(limit: UserLimit, users: readonly string[]): string | undefined {
  return limit === "all" ? undefined : users.find((user) => !limit.has(user));
}

function readRule(rule: unknown): Result<PolicyRule, string> {
  if (!isRecord(rule)) return fail("it is no object");
  const unknown = Object.keys(rule).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) return fail(`${JSON.stringify(unknown)} is no key (${KEYS.join(", ")})`);
  const { principals, hosts, users } = rule;
  if (typeof principals !== "string" || principals.split(",").includes(""))
    return fail("`principals` must be patterns, such as alice@example.com,*@ops.example.com");
  if (typeof hosts !== "string") return fail("`hosts` must be a host expression, or * for all");
  const limit = parseHostLimit(hosts);
  if (!limit.ok) return fail(`hosts: ${limit.error}`);
  if (users === "*") return succeed({ principals, hosts: limit.value, users: "all" });
  if (!Array.isArray(users) || !users.every((user) => typeof user === "string" && user !== ""))
    return fail("`users` must be a list of users, or * for all");
  return succeed({ principals, hosts: limit.value, users: new Set(users as string[]) });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
