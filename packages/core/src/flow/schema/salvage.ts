import type { Path } from "../problem.ts";

/** The same shape with anything possibly missing: what is left of a file when its wrong parts are taken out. */
export type Salvaged<T> = T extends readonly (infer Item)[]
  ? readonly (Salvaged<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Salvaged<T[Key]> | undefined }
    : T;

/**
 * A copy of plain data without what stands at the wrong paths (list entries become undefined, so that the
 * others keep their numbers). So the rules that look at several fields can be checked although the schema
 * refuses a field elsewhere, and every problem is told at once.
 */
export function salvage(value: unknown, wrong: readonly Path[]): unknown {
  if (wrong.length === 0) return value;
  if (wrong.some((path) => path.length === 0)) return undefined;
  if (typeof value !== "object" || value === null) return value;
  const byStep = new Map<string | number, Path[]>();
  for (const [step, ...rest] of wrong) {
    if (step === undefined) continue;
    const paths = byStep.get(step);
    if (paths === undefined) byStep.set(step, [rest]);
    else paths.push(rest);
  }
  if (Array.isArray(value)) return value.map((item, index) => salvage(item, byStep.get(index) ?? []));
  const copy: [string, unknown][] = Object.entries(value).map(([key, item]) => [
    key,
    salvage(item, byStep.get(key) ?? []),
  ]);
  return Object.fromEntries(copy.filter(([, item]) => item !== undefined));
}
