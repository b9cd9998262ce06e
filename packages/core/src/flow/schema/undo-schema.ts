import { z } from "zod";
import { LIKE_JOB, Stages } from "./stage-schema.ts";
import { mustBe, yesOrNo } from "./text-fields.ts";

/** What takes a job back on its hosts, when it has failed. */
export const Undo = z
  .strictObject(
    {
      ...LIKE_JOB,
      stages: Stages.optional(),
      undoUnknown: yesOrNo().optional().meta({
        description: "Also on hosts of which nobody knows how they ended.",
        default: false,
      }),
    },
    mustBe("a command, a script or stages in { }"),
  )
  .meta({
    description:
      "What is run when the job has failed: on those of its hosts that had started, latest first. One of command, script and stages is needed.",
    oneOf: [{ required: ["command"] }, { required: ["script"] }, { required: ["stages"] }],
  });

export type WrittenUndo = z.infer<typeof Undo>;
