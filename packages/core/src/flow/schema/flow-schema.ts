import { z } from "zod";
import { hostExpression } from "./job-fields.ts";
import { Defaults, Job } from "./job-schema.ts";
import { Params } from "./params-schema.ts";
import { mustBe, textOf, TITLE_PATTERN, TITLE_RULE, yesOrNo } from "./text-fields.ts";

export const SchemaReference = z.string(mustBe("the address of a JSON Schema")).optional().meta({
  description: "Address of this schema, for editors; Roadrunner does not read it.",
});

/** A name that `@name` in an expression can stand for. */
export const GROUP_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const groupName = {
  error: ({ input }: { readonly input?: unknown }) =>
    `${JSON.stringify(input)} is no name of a group: letters, digits, _ . and -`,
};

export const Groups = z
  .record(
    z.string(groupName).regex(GROUP_PATTERN, groupName),
    hostExpression(),
    mustBe("names and host expressions in { }"),
  )
  .optional()
  .meta({ description: "Names for host expressions; @name stands for the group in expressions." });

export const Slot = z.strictObject(
  {
    name: textOf(TITLE_PATTERN, TITLE_RULE).optional().meta({ description: "A name for people." }),
    jobs: z
      .array(Job, mustBe("a list of jobs"))
      .min(1, mustBe("at least one job"))
      .meta({ description: "Jobs that run side by side." }),
    failFast: yesOrNo().optional().meta({
      description:
        "true: when a job has failed, the others of the slot are stopped as by Ctrl-C. false: they run on.",
      default: false,
    }),
    confirm: z
      .string(mustBe("the text of a question"))
      .regex(/\S/, mustBe("the text of a question"))
      .optional()
      .meta({
        description:
          "Asks this on the terminal before the slot starts; without one the run stops there and can be resumed.",
      }),
  },
  mustBe("a slot in { }"),
);

export const Flow = z
  .strictObject(
    {
      $schema: SchemaReference,
      name: textOf(TITLE_PATTERN, TITLE_RULE).optional().meta({
        description: "Of the flow. Default: the file's name without its ending.",
      }),
      description: z.string(mustBe("a text")).optional().meta({ description: "For people." }),
      defaults: Defaults.optional().meta({
        description:
          "Fields for every job that does not write them itself: any but name, hosts, command, script, unless, stages, gates, bake, onGateFail and undo.",
      }),
      params: Params,
      groups: Groups,
      slots: z.array(Slot, mustBe("a list of slots")).min(1, mustBe("at least one slot")).meta({
        description: "Run one after another; the next starts when every job of the one before succeeded.",
      }),
      finally: z.array(Slot, mustBe("a list of slots")).optional().meta({
        description: "Slots that run at the end: after success, failure and the first Ctrl-C.",
      }),
    },
    mustBe("a flow in { }"),
  )
  .meta({ title: "Roadrunner flow" });

export type WrittenFlow = z.infer<typeof Flow>;
