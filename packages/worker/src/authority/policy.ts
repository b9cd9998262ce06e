import { fail, parseRules, succeed, type Result } from "@roadrunner/core";
import { matchesList } from "@roadrunner/core/signing";
import { outsideLimit, parseHostLimit, type HostLimit, type Target } from "./host-limit.ts";
import { isPort } from "./port.ts";

/** Users on the hosts, or all. */
export type UserLimit = "all" | ReadonlySet<string>;
/** Ports that a submission may name besides the one that ssh_config gives, or any. */
export type PortLimit = "all" | ReadonlySet<number>;
/** Names of secrets, or all that the worker keeps. */
export type SecretLimit = "all" | ReadonlySet<string>;

/** Whoever matches `principals` may run on `hosts` as `users` with `secrets`; what no rule allows is refused. */
export interface PolicyRule {
  /** OpenSSH pattern list. */
  readonly principals: string;
  readonly hosts: HostLimit;
  readonly users: UserLimit;
  readonly ports: PortLimit;
  readonly secrets: SecretLimit;
}

/** What a task asks for. */
export interface Wanted extends Target {
  /** Of the submission, where it names one. */
  readonly port?: number | undefined;
  /** That ssh_config gives. */
  readonly configPort: number;
  /** As whom it logs in, and whom it becomes: each must be allowed. */
  readonly users: readonly string[];
  readonly secrets: readonly string[];
}

const KEYS = ["principals", "hosts", "users", "ports", "secrets"];

/** JSON, `{ "rules": [{ "principals": "alice@*", "hosts": "db[1-10]", "users": ["deploy"] }] }`; every problem at once. */
export function parsePolicy(text: string): Result<readonly PolicyRule[], readonly string[]> {
  const read = parseRules(text);
  if (!read.ok) return read;
  const rules: PolicyRule[] = [];
  const problems: string[] = [];
  for (const [index, written] of read.value.entries()) {
    const rule = readRule(written);
    if (rule.ok) rules.push(rule.value);
    else problems.push(`rule ${index + 1}: ${rule.error}`);
  }
  return problems.length === 0 ? succeed(rules) : fail(problems);
}

/** Why nobody's rule lets this principal, who is called `who`, do it; undefined: it may. */
export function policyFault(
  rules: readonly PolicyRule[],
  principal: string,
  wanted: Wanted,
  who = principal,
): string | undefined {
  const own = rules.filter(({ principals }) => matchesList(principal, principals));
  if (own.length === 0) return `no rule of the policy is for ${who}`;
  const there = own.filter(({ hosts }) => outsideLimit(hosts, wanted) === undefined);
  if (there.length === 0) {
    const what = own.map(({ hosts }) => outsideLimit(hosts, wanted)).at(-1) ?? wanted.host;
    return `the policy does not give ${who} ${what}`;
  }
  const as = there.filter(({ users }) => outsideUsers(users, wanted.users) === undefined);
  if (as.length === 0)
    return `the policy does not let ${who} run as ${wanted.users.join(" and ")} on ${wanted.host}`;
  const at = as.filter(({ ports }) => outsidePorts(ports, wanted) === undefined);
  if (at.length === 0) return `the policy does not give ${who} port ${wanted.port} of ${wanted.host}`;
  if (at.some(({ secrets }) => outsideSecrets(secrets, wanted.secrets) === undefined)) return undefined;
  const what = at.map(({ secrets }) => outsideSecrets(secrets, wanted.secrets)).at(-1);
  return `the policy does not give ${who} the secret ${what} on ${wanted.host}`;
}

/** As `policyFault`, for what a gate asks: it has no host and no user, but may have a secret. */
export function gateFault(
  rules: readonly PolicyRule[],
  principal: string,
  secrets: readonly string[],
  who = principal,
): string | undefined {
  const own = rules.filter(({ principals }) => matchesList(principal, principals));
  if (own.length === 0) return `no rule of the policy is for ${who}`;
  if (own.some((rule) => outsideSecrets(rule.secrets, secrets) === undefined)) return undefined;
  return `the policy does not give ${who} the secret ${secrets.join(", ")}`;
}

/** Another sshd behind an allowed address is another host: only whoever may go anywhere may take any port. */
export function defaultPorts(hosts: HostLimit): PortLimit {
  return hosts === "all" ? "all" : new Set();
}

/** The port that is not allowed. */
export function outsidePorts(
  limit: PortLimit,
  { port, configPort }: Pick<Wanted, "port" | "configPort">,
): number | undefined {
  if (limit === "all" || port === undefined || port === configPort || limit.has(port)) return undefined;
  return port;
}

function outsideSecrets(limit: SecretLimit, secrets: readonly string[]): string | undefined {
  return limit === "all" ? undefined : secrets.find((secret) => !limit.has(secret));
}

/** The first user that is not allowed. */
export function outsideUsers(limit: UserLimit, users: readonly string[]): string | undefined {
  return limit === "all" ? undefined : users.find((user) => !limit.has(user));
}

function readRule(rule: unknown): Result<PolicyRule, string> {
  if (!isRecord(rule)) return fail("it is no object");
  const unknown = Object.keys(rule).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) return fail(`${JSON.stringify(unknown)} is no key (${KEYS.join(", ")})`);
  const { principals, hosts, users, ports, secrets } = rule;
  if (typeof principals !== "string" || principals.split(",").includes(""))
    return fail("`principals` must be patterns, such as alice@example.com,*@ops.example.com");
  if (typeof hosts !== "string") return fail("`hosts` must be a host expression, or * for all");
  const limit = parseHostLimit(hosts);
  if (!limit.ok) return fail(`hosts: ${limit.error}`);
  const userLimit = listLimit(users, isName);
  if (userLimit === undefined) return fail("`users` must be a list of users, or * for all");
  const portLimit = ports === undefined ? defaultPorts(limit.value) : listLimit(ports, isPort);
  if (portLimit === undefined) return fail("`ports` must be a list of numbers from 1 to 65535, or * for all");
  const isAll = limit.value === "all" && userLimit === "all";
  const secretLimit =
    secrets === undefined ? (isAll ? "all" : new Set<string>()) : listLimit(secrets, isName);
  if (secretLimit === undefined) return fail("`secrets` must be a list of secrets' names, or * for all");
  return succeed({
    principals,
    hosts: limit.value,
    users: userLimit,
    ports: portLimit,
    secrets: secretLimit,
  });
}

/** A list whose items are right, or `*` for all; undefined: neither. */
function listLimit<T>(written: unknown, isItem: (item: unknown) => item is T): "all" | Set<T> | undefined {
  if (written === "*") return "all";
  return Array.isArray(written) && written.every(isItem) ? new Set(written) : undefined;
}

function isName(item: unknown): item is string {
  return typeof item === "string" && item !== "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
