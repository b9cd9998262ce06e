import { defined } from "../../optional-fields.ts";
import { workFieldNames, type JobWork } from "../../work/work.ts";
import { parseDuration } from "../duration.ts";
import type { WrittenJob } from "../schema/job-schema.ts";
import { quote } from "../source/visible.ts";
import type { Settings } from "./settings.ts";

/** Milliseconds of a duration that the schema has let through. */
export function durationOf(written: string | 0): number {
  const parsed = parseDuration(written);
  if (!parsed.ok) throw new Error(`bug: the schema let the duration ${quote(written)} through`);
  return parsed.value;
}

/**
 * What the job does on each host. A field of the work is the flow's field of the same name; one that ends in `Ms` is
 * the duration of the name before that. The others are given here.
 */
export function workOf(
  { command, unless }: Pick<WrittenJob, "command" | "unless">,
  settings: Settings,
  script: JobWork["script"],
): JobWork {
  const { become, freshLogin, outputs, reboot, rebootTimeout } = settings;
  const written: Readonly<Record<string, unknown>> = {
    ...settings,
    command,
    unless,
    script,
    become: become === false ? undefined : become,
    freshLogin: freshLogin || undefined,
    outputs: outputs || undefined,
    reboot: reboot ? { timeoutMs: durationOf(rebootTimeout) } : undefined,
    // Each host has its own.
    env: undefined,
  };
  const fields = workFieldNames.map((name) => [name, written[name] ?? milliseconds(written, name)] as const);
  return defined(Object.fromEntries(fields)) as JobWork;
}

/** A duration of 0 is none. */
function milliseconds(written: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const duration = name.endsWith("Ms") ? written[name.slice(0, -2)] : undefined;
  return typeof duration === "string" ? durationOf(duration) || undefined : undefined;
}
