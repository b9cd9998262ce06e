import type { SubmissionResult } from "@roadrunner/core/gearman";

type Unanswered = Exclude<SubmissionResult, { kind: "complete" | "rejected" }>;

/** Why no worker's answer comes of what was submitted. */
export function lossOf(result: Unanswered): string {
  switch (result.kind) {
    case "failed":
      return "the job server says that its worker is gone";
    case "exception":
      return `the job server reports an exception: ${result.data.toString("utf8").slice(0, 200)}`;
    case "lost":
    case "tooLarge":
      return result.reason;
  }
}
