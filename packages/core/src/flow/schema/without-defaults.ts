import type { z } from "zod";

/** Fields of a job where they stand in a part of it: the job's own value counts where that has none. */
export function withoutDefaults<Fields extends Record<string, z.ZodType>>(fields: Fields): Fields {
  const entries = Object.entries(fields).map(([name, field]) => {
    const { default: _, ...meta } = field.meta() ?? {};
    return [name, field.clone().meta(meta)] as const;
  });
  return Object.fromEntries(entries) as Fields;
}
