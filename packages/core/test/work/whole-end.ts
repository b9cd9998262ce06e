import type { z } from "zod";
import { detailFields, endFields, type EndDetails, type TaskEnd } from "../../src/work/end.ts";

/** An end that has all that an end can have, by the schema, so that a field that is new is in it. */
export function wholeEnd(): Required<TaskEnd & EndDetails> {
  const fields: Readonly<Record<string, z.ZodType>> = { ...endFields, ...detailFields };
  const whole = Object.entries(fields).map(([name, field]) => {
    const value = [true, 200, "failed", "host", { leader: "db1" }].find(
      (some) => field.safeParse(some).success,
    );
    if (value === undefined) throw new Error(`name a value that fits field ${name}`);
    return [name, value];
  });
  return Object.fromEntries(whole) as Required<TaskEnd & EndDetails>;
}
