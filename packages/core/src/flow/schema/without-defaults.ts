import type { z } from "zod";

/** Fields of a job where they stand in a part of it: the job's own value counts where that has none. */
export function withoutDefaults<Fields extends Record<string, z.ZodType>>(fields: Fields): Fields {
  const entries = Object.entries(fields).map(
    // What is not said is taken over from the field that it is made of.
    ([name, field]) => [name, field.clone().meta({ ...field.meta(), default: undefined })] as const,
  );
  return Object.fromEntries(entries) as Fields;
}
