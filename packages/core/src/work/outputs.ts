import * as z from "zod";

/** Values that a command hands to later jobs of its run: names and texts of one line. */
export type Outputs = Readonly<Record<string, string>>;

/** Of the file that holds them, all together. */
export const MAX_OUTPUTS_BYTES = 64 * 1024;

/** As a variable's name; `__proto__` is no field of a record. */
export const OUTPUT_NAME = /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]*$/;

const value = z.string().regex(/^[^\n\0]*$/, "holds a newline or a NUL character");

/** Whoever says them, a command cannot have written more. A character of JavaScript is at least one byte. */
export const outputsField = z
  .record(z.string().regex(OUTPUT_NAME, "is no name of an output"), value)
  .readonly()
  .refine(
    (outputs) =>
      Object.entries(outputs).reduce((sum, [name, text]) => sum + name.length + text.length + 1, 0) <=
      MAX_OUTPUTS_BYTES,
    "are more than 64 KiB",
  );
