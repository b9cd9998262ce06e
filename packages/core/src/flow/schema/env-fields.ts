import { z } from "zod";
import { OUTPUT_NAME } from "../../work/outputs.ts";
import { mustBe, textOf } from "./text-fields.ts";

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const variable = {
  error: ({ input }: { readonly input?: unknown }) =>
    `${typeof input === "string" ? JSON.stringify(input) : "this"} is no name of an environment variable: letters, digits and _, not beginning with a digit`,
};

/** Variables and their values; value-rules.ts says which a host can take. */
export function env() {
  const value = mustBe("a text");
  return z.record(
    z.string(variable).regex(VARIABLE, variable),
    z.string(value),
    mustBe("variables and their values in { }"),
  );
}

const OUTPUT = {
  from: "a job's name",
  name: "an output's name: letters, digits and _, not beginning with a digit",
};

/** The same in a job: a value may be an output of an earlier job. */
export function envOfJob() {
  const text = mustBe("a text");
  const output = mustBe('a text, or an output such as { from: "elect", name: "leader" }');
  const either = {
    error: (issue: { readonly input?: unknown }) =>
      (typeof issue.input === "object" ? output : text).error(issue),
  };
  const taken = z.strictObject(
    {
      from: z.string(mustBe(OUTPUT.from)).min(1, mustBe(OUTPUT.from)).meta({
        description: "A job of an earlier slot.",
      }),
      name: textOf(OUTPUT_NAME, OUTPUT.name).meta({
        description: "Which of the outputs that its command wrote to the file that $RR_OUT names.",
      }),
    },
    either,
  );
  return z.record(
    z.string(variable).regex(VARIABLE, variable),
    z.union([z.string(either), taken], either),
    mustBe("variables and their values in { }"),
  );
}

export function secretEnv() {
  const secret = mustBe(`the name of a secret (1 to 40 letters, digits, _ . or -)`);
  return z.record(
    z.string(variable).regex(VARIABLE, variable),
    z.string(secret).regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,39}$/, secret),
    mustBe("variables and the names of their secrets in { }"),
  );
}
