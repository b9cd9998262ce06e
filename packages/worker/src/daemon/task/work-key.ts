import { createHash } from "node:crypto";
import { namesOf, taskId } from "@roadrunner/core";
import type { OwnedWorkload } from "../../authority/owner.ts";

/**
 * Names what is done, where, as whom and for whom: of a task that comes again it is the same. An answer or a wait is
 * shared under this name only, so that nobody gets more by naming a task than by having it run. Undefined: by hand.
 */
export function workKey({ task, ...what }: OwnedWorkload): string | undefined {
  if (task === undefined) return undefined;
  const { live: _, startWithinMs: __, connectTimeoutMs: ___, lostTimeoutMs: ____, ...more } = what;
  const { env, secretEnv = {}, ...work } = more;
  const id = taskId(namesOf(task, what.host));
  const parts = [id, sorted(env), sorted(secretEnv), sorted(work)];
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64");
}

function sorted(fields: Readonly<Record<string, unknown>>): readonly [string, unknown][] {
  return Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
