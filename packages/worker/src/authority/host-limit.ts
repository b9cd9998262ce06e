import { fail, succeed, type Result } from "@roadrunner/core/cli";
import { expandHosts } from "@roadrunner/core/hosts";

/** Which hosts may be reached: those of an expression, or `*`, all. */
export type HostLimit = "all" | ReadonlySet<string>;

/** The error quotes what is wrong and says where. */
export function parseHostLimit(text: string): Result<HostLimit, string> {
  if (text.trim() === "*") return succeed("all");
  const hosts = expandHosts(text);
  if (hosts.ok) return succeed(new Set(hosts.value.map(({ name }) => name)));
  const { message, column, hint } = hosts.error;
  return fail(
    `${JSON.stringify(text)}: ${message} (column ${column})${hint === undefined ? "" : `; ${hint}`}`,
  );
}

export interface Target {
  readonly host: string;
  /** Of the submission, where it names one. */
  readonly address?: string | undefined;
  /** The worker's own box, beside its keys. */
  readonly isLocal?: true | undefined;
}

/**
 * Whether a task may go there. An address that the submission names must be allowed by itself: else an allowed name
 * would lead to any box. What is known by the worker's own ssh_config needs no such leave.
 */
export function outsideLimit(limit: HostLimit, { host, address, isLocal }: Target): string | undefined {
  // Whoever may go to all hosts is not meant to be at the keys by which all are reached.
  if (isLocal === true)
    return limit !== "all" && limit.has("localhost") ? undefined : "the worker's own box (localhost)";
  if (limit === "all") return undefined;
  if (!limit.has(host)) return `the host ${host}`;
  return address === undefined || address === host || limit.has(address)
    ? undefined
    : `the address ${address}, which the submission gives for ${host},`;
}
