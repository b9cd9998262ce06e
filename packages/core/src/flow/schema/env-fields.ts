import { z } from "zod";
import { mustBe } from "./text-fields.ts";

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

export function secretEnv() {
  const secret = mustBe(`the name of a secret (1 to 40 letters, digits, _ . or -)`);
  return z.record(
    z.string(variable).regex(VARIABLE, variable),
    z.string(secret).regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,39}$/, secret),
    mustBe("variables and the names of their secrets in { }"),
  );
}
