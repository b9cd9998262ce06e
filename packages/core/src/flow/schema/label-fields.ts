import { z } from "zod";
import { LABEL_NAME, LABEL_NAME_RULE, LABEL_VALUE, LABEL_VALUE_RULE } from "../../hosts/parse/label-text.ts";
import { quote } from "../source/visible.ts";
import { amount } from "./amount-fields.ts";
import { mustBe, textOf } from "./text-fields.ts";

const name = {
  error: ({ input }: { readonly input?: unknown }) =>
    `${quote(input)} is no name of a label: ${LABEL_NAME_RULE}`,
};

/** Labels and their values, of hosts. */
export function labels() {
  return z.record(
    z.string(name).regex(LABEL_NAME, name),
    textOf(LABEL_VALUE, LABEL_VALUE_RULE),
    mustBe("labels and their values in { }"),
  );
}

/** Labels over whose values a job is spread, with hosts at once for each value. */
export function spread() {
  return z.record(
    z.string(name).regex(LABEL_NAME, name),
    amount("spread"),
    mustBe('labels and hosts at once, such as { rack: 1, zone: "25%" }'),
  );
}
