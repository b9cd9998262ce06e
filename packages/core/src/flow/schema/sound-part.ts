import { defined } from "../../optional-fields.ts";
import { formatPath } from "../problem.ts";
import type { Path } from "../problem.ts";
import type { WrittenFlow } from "./flow-schema.ts";
import { JOB_DEFAULTS } from "../defaults.ts";
import type { WrittenJob } from "./job-schema.ts";
import type { Salvaged } from "./salvage.ts";

/**
 * Of a flow with problems, the part whose hosts can be looked at all the same: the jobs with sound hosts, and of these
 * the few fields that count or are read there. A field that is wrong gets the value that finds no fault: nothing is to
 * be told that only follows from what is told already. Undefined where groups are wrong, since any may then be missing.
 */
export function soundPart(left: Salvaged<WrittenFlow>, wrong: readonly Path[]): WrittenFlow | undefined {
  const touched = new Set(wrong.flatMap((path) => path.map((_, end) => formatPath(path.slice(0, end + 1)))));
  const isWrong = (...path: Path): boolean => touched.has(formatPath(path));
  if (isWrong("groups")) return undefined;

  const mayBeEmpty =
    isWrong("defaults", "allowEmpty") ||
    wrong.some(({ length, 0: first }) => length === 1 && first === "defaults");
  const soundJob = (job: Salvaged<WrittenJob> | undefined, path: Path): WrittenJob | undefined => {
    if (job?.hosts === undefined || isWrong(...path, "hosts")) return undefined;
    const { name, script } = job;
    const hosts = job.hosts as WrittenJob["hosts"];
    const success = isWrong(...path, "success") ? JOB_DEFAULTS.success : job.success;
    const allowEmpty = mayBeEmpty || isWrong(...path, "allowEmpty") ? true : job.allowEmpty;
    return { hosts, ...defined({ name, script, success, allowEmpty }) };
  };
  const slotsOf = (phase: "slots" | "finally"): WrittenFlow["slots"] =>
    (left[phase] ?? []).map((slot, at) => ({
      // A hole keeps the numbers of the others; whoever goes through the jobs passes over it.
      jobs: (slot?.jobs ?? []).map((job, index) => soundJob(job, [phase, at, "jobs", index]) as WrittenJob),
    }));
  const { success, allowEmpty } = left.defaults ?? {};
  return {
    defaults: defined({ success, allowEmpty }),
    ...defined({ groups: left.groups as WrittenFlow["groups"] }),
    slots: slotsOf("slots"),
    finally: slotsOf("finally"),
  };
}
