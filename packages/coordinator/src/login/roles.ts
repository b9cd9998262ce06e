import * as z from "zod";
import { fail, succeed, type Result } from "@roadrunner/core";
import { matchesList } from "@roadrunner/core/signing";
import { ROLES, type Role } from "@roadrunner/engine/api";

/** Whoever matches `principals`, an OpenSSH pattern list, has this role. */
export interface RoleRule {
  readonly principals: string;
  readonly role: Role;
}

/** Where nobody has said who may do what: whoever may log in carries runs of his own. */
const WITHOUT_RULES: Role = "own";

const fileSchema = z.strictObject({
  rules: z.array(z.strictObject({ principals: z.string().min(1), role: z.enum(ROLES) })),
});

/** JSON, `{ "rules": [{ "principals": "*@ops.example.com", "role": "all" }] }`; every problem at once. */
export function parseRoles(text: string): Result<readonly RoleRule[], readonly string[]> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return fail([`it is not JSON: ${(error as Error).message}`]);
  }
  const parsed = fileSchema.safeParse(json);
  if (parsed.success) return succeed(parsed.data.rules);
  return fail(
    parsed.error.issues.map(({ path, message }) => {
      const [, index, ...field] = path;
      if (typeof index !== "number") return `it must be { "rules": [ … ] } and nothing else: ${message}`;
      return `rule ${index + 1}: ${[...field.map(String), message].join(": ")}`;
    }),
  );
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
