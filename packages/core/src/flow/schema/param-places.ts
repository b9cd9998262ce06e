import { z } from "zod";

/** What a field takes a parameter as. */
export type ParamPlace = "amount" | "hosts" | "duration" | "text" | "number";

/** The same field, in which `{ "param": NAME }` may stand for the whole value. */
export function takesParam<T extends z.ZodType>(place: ParamPlace, field: T): T {
  return field.meta({ [MARK]: place });
}

/** What it takes a parameter as; undefined: it takes none. */
export function paramPlaceOf(field: z.core.$ZodType): ParamPlace | undefined {
  return z.globalRegistry.get(field)?.[MARK] as ParamPlace | undefined;
}

/** In the JSON Schema of a marked field. */
export const MARK = "roadrunnerParam";
