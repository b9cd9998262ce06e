import { z } from "zod";
import { mustBe, oneOf } from "./text-fields.ts";

/** What a parameter's value can be. */
export const PARAM_TYPES = ["string", "integer", "boolean", "choice", "hosts", "duration", "secret"] as const;
export type ParamType = (typeof PARAM_TYPES)[number];

/** A variable of exactly this name is what commands get. */
export const PARAM_NAME = /^[a-z][a-z0-9_]{0,63}$/;
const name = {
  error: ({ input }: { readonly input?: unknown }) =>
    `${typeof input === "string" ? JSON.stringify(input) : "this"} is no name of a parameter: 1 to 64 small letters, digits and _, beginning with a letter`,
};

const whole = mustBe("a whole number");
const scalar = mustBe("a text, a whole number, true or false");
const text = mustBe("a text");

export const Param = z.strictObject(
  {
    type: oneOf(PARAM_TYPES).meta({ description: "What a value can be." }),
    default: z
      .union([z.string(scalar), z.int(scalar), z.boolean(scalar)], scalar)
      .optional()
      .meta({ description: "The value where none is given; without one, a value must be given." }),
    pattern: z.string(text).min(1, text).max(1000, mustBe("at most 1000 characters")).optional().meta({
      description: "Of a string: a regular expression that the whole value must match.",
    }),
    min: z.int(whole).optional().meta({ description: "Of an integer: the least that it can be." }),
    max: z.int(whole).optional().meta({ description: "Of an integer: the most that it can be." }),
    choices: z
      .array(z.string(text), mustBe("a list of texts"))
      .min(1, mustBe("at least one choice"))
      .max(1000, mustBe("at most 1000 choices"))
      .optional()
      .meta({ description: "Of a choice: what can be chosen." }),
    description: z.string(text).optional().meta({ description: "For people." }),
  },
  mustBe("a parameter in { }"),
);

export const Params = z
  .record(z.string(name).regex(PARAM_NAME, name), Param, mustBe("names and parameters in { }"))
  .optional()
  .meta({
    description:
      "Values that are given when the flow is run. Each is an environment variable of its name for all commands.",
  });

export type WrittenParam = z.infer<typeof Param>;
