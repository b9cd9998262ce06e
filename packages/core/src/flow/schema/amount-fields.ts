import { z } from "zod";
import { parseAmount, SHARE_PATTERN } from "../amount.ts";
import type { AmountUse } from "../amount.ts";
import { takesParam } from "./param-places.ts";
import { explainedBy, mustBe } from "./text-fields.ts";

const WHAT = 'a share such as "80%", or a number of hosts';

/** A share or a number of hosts. */
export function amount(use: Exclude<AmountUse, "stepSuccess">) {
  const saying = explainedBy((input) => parseAmount(input, use), WHAT);
  const text = z
    .string(saying)
    .regex(SHARE_PATTERN, saying)
    .refine((written) => parseAmount(written, use).ok, saying);
  const count = z.int(saying).min(use === "tolerate" ? 0 : 1, saying);
  return takesParam("amount", z.union([text, count], saying));
}

/** A share only. */
export function share() {
  const saying = explainedBy((input) => parseAmount(input, "stepSuccess"), 'a share such as "90%"');
  const text = z
    .string(saying)
    .regex(SHARE_PATTERN, saying)
    .refine((written) => parseAmount(written, "stepSuccess").ok, saying);
  return takesParam("amount", text);
}

/** One amount, or the steps of a rollout. */
export function parallelism() {
  const steps = z
    .array(amount("parallelism"), mustBe("a list"))
    .min(1, mustBe("at least one step"))
    .max(1000, mustBe("at most 1000 steps"));
  const saying = explainedBy((input) => parseAmount(input, "parallelism"), WHAT);
  const either = z.union([amount("parallelism"), steps], {
    error: (issue) =>
      typeof issue.input === "string" || typeof issue.input === "number"
        ? saying.error(issue)
        : mustBe(`${WHAT}, or a list of steps such as [1, "10%", "50%"]`).error(issue),
  });
  return takesParam("amount", either);
}
