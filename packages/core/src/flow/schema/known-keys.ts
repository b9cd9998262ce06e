import { z } from "zod";
import type { Path } from "../problem.ts";

/** Keys of the object that the schema has at a path; none where it has no object with fixed keys. */
export function knownKeys(schema: z.core.$ZodType, path: Path): readonly string[] {
  const either = schemaAt(schema, path);
  const found =
    either instanceof z.ZodUnion ? either.options.find((option) => option instanceof z.ZodObject) : either;
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

/** Whether the schema takes this text at a path; true also where only the whole can tell, as in a union. */
export function takesText(schema: z.core.$ZodType, path: Path, text: string): boolean {
  const found = schemaAt(schema, path);
  return found === undefined || z.safeParse(found, text).success;
}

export function schemaAt(schema: z.core.$ZodType, path: Path): z.core.$ZodType | undefined {
  const found = path.reduce<z.core.$ZodType | undefined>(
    (outer, step) => (outer === undefined ? undefined : inside(outer, step)),
    schema,
  );
  return found === undefined ? undefined : unwrap(found);
}

function inside(schema: z.core.$ZodType, step: string | number): z.core.$ZodType | undefined {
  const outer = unwrap(schema);
  if (outer instanceof z.ZodObject) return (outer.shape as Record<string, z.core.$ZodType>)[step];
  if (outer instanceof z.ZodArray) return outer.element;
  // Of "a text, or a list of them": where a list was written, what its entries are.
  if (outer instanceof z.ZodUnion && typeof step === "number") {
    const list = outer.options.find((option) => option instanceof z.ZodArray);
    return list instanceof z.ZodArray ? list.element : undefined;
  }
  return outer instanceof z.ZodRecord ? outer.valueType : undefined;
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
}
