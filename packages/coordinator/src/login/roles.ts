import { fail, parseRules, succeed, type Result } from "@roadrunner/core";
import { matchesList } from "@roadrunner/core/signing";
import { ROLES, type Role } from "@roadrunner/engine/api";

/** Whoever matches `principals`, an OpenSSH pattern list, has this role. */
export interface RoleRule {
  readonly principals: string;
  readonly role: Role;
}

/** Where nobody has said who may do what: whoever may log in carries runs of his own. */
const WITHOUT_RULES: Role = "own";

const KEYS = ["principals", "role"];

/** JSON, `{ "rules": [{ "principals": "*@ops.example.com", "role": "all" }] }`; a problem of each rule that has one. */
export function parseRoles(text: string): Result<readonly RoleRule[], readonly string[]> {
  const written = parseRules(text);
  if (!written.ok) return written;
  const rules: RoleRule[] = [];
  const problems: string[] = [];
  for (const [index, one] of written.value.entries()) {
    const rule = readRule(one);
    if (rule.ok) rules.push(rule.value);
    else problems.push(`rule ${index + 1}: ${rule.error}`);
  }
  return problems.length === 0 ? succeed(rules) : fail(problems);
}

function readRule(rule: unknown): Result<RoleRule, string> {
  if (typeof rule !== "object" || rule === null || Array.isArray(rule)) return fail("it is no object");
  const unknown = Object.keys(rule).find((key) => !KEYS.includes(key));
  if (unknown !== undefined)
    return fail(`${JSON.stringify(unknown.slice(0, 100))} is no key (${KEYS.join(", ")})`);
  const { principals, role } = rule as Readonly<Record<string, unknown>>;
  if (typeof principals !== "string" || principals.split(",").includes(""))
    return fail("`principals` must be patterns, such as alice@example.com,*@ops.example.com");
  const known = ROLES.find((one) => one === role);
  return known === undefined
    ? fail(`\`role\` must be one of ${ROLES.join(", ")}`)
    : succeed({ principals, role: known });
}

/** The strongest role that a rule gives this principal; undefined: none does. Without rules everybody has the same. */
export function roleOf(rules: readonly RoleRule[] | undefined, principal: string): Role | undefined {
  if (rules === undefined) return WITHOUT_RULES;
  const own = rules.filter(({ principals }) => matchesList(principal, principals));
  return ROLES.findLast((role) => own.some((rule) => rule.role === role));
}

/** Whether this role does for what needs that one. */
export function reaches(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
