import type { Path } from "./problem.ts";
import type { WrittenSlot } from "./schema/flow-schema.ts";
import type { WrittenDefaults, WrittenJob } from "./schema/job-schema.ts";
import { placedJobs, placedSlots } from "./schema/flow-file.ts";
import type { Rule } from "./rules/rule.ts";

interface NotYet {
  readonly field: keyof WrittenJob | keyof WrittenDefaults | keyof WrittenSlot;
  /** Values that ask for nothing that is missing. */
  readonly except?: readonly unknown[];
  readonly message: string;
}

/**
 * What the schema takes and Roadrunner cannot do yet. To be shortened, entry by entry; docs/flow-file.md lists
 * the same, as its test sees.
 */
export const NOT_YET: readonly NotYet[] = [
  { field: "become", except: [false], message: "become is not built yet" },
  { field: "reboot", except: [false], message: "reboot is not built yet" },
];

/** Refuses what is not built yet where it is used. */
export const notYet: Rule = (flow) => {
  const blocks: readonly { readonly path: Path; readonly fields: Readonly<Record<string, unknown>> }[] = [
    { path: ["defaults"], fields: flow.defaults ?? {} },
    ...placedSlots(flow).map(({ path, slot }) => ({ path, fields: slot as Record<string, unknown> })),
    ...placedJobs(flow).map(({ path, job }) => ({ path, fields: job as Record<string, unknown> })),
  ];
  return blocks.flatMap(({ path, fields }) =>
    NOT_YET.filter(
      ({ field, except = [] }) => fields[field] !== undefined && !except.includes(fields[field]),
    ).map(({ field, message }) => ({ place: { path: [...path, field] }, message })),
  );
};
