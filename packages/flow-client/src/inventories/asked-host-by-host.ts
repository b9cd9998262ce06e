import { fail, succeed, type Result } from "@roadrunner/core/errors";

/**
 * The hosts of an answer to `--list` without `_meta`: what is known of them is asked with `--host`. None where the answer
 * is no such JSON, which whoever reads it tells.
 */
export function hostsWithoutVars(list: Buffer): readonly string[] {
  const groups = objectIn(list);
  if (groups === undefined || "_meta" in groups) return [];
  const hosts = Object.values(groups).flatMap((group) => {
    const named: unknown = Array.isArray(group) ? group : isObject(group) ? group["hosts"] : [];
    return Array.isArray(named) ? named.filter((host): host is string => typeof host === "string") : [];
  });
  // A name that begins with a dash would be an option.
  return [...new Set(hosts)].filter((host) => host !== "" && !host.startsWith("-"));
}

/** The answer to `--list` with those to `--host`; an empty one says nothing of its host. */
export function withHostVars(list: Buffer, vars: ReadonlyMap<string, Buffer>): Result<Buffer, string> {
  const hostvars: Record<string, object> = {};
  for (const [host, answer] of vars) {
    const read = answer.toString().trim() === "" ? {} : objectIn(answer);
    if (read === undefined) return fail(`--host ${host} printed no JSON object; nothing of it is taken`);
    hostvars[host] = read;
  }
  return succeed(Buffer.from(JSON.stringify({ ...objectIn(list), _meta: { hostvars } })));
}

function objectIn(json: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json.toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
