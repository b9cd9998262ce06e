import type { JobState } from "../state/job-state.ts";
import { askAgain } from "./lost.ts";
import { submitNextAttempt } from "./retry.ts";
import type { Turn } from "../state/state.ts";
import { judgeUsedUp, type WhyInterrupt } from "./worker-fault.ts";
import type { TaskState } from "../state/task-state.ts";
import { submit } from "./tasks.ts";

/** The end of a waiting mode. */
export function taskTimeIsUp(turn: Turn, job: JobState, task: TaskState): WhyInterrupt {
  switch (task.mode) {
    case "asking":
      askAgain(turn, job, task);
      return undefined;
    case "resubmitting":
      if (task.usedUp !== undefined) return judgeUsedUp(turn, job, task, task.usedUp);
      submit(turn, job, task, task.mayHaveBegun);
      return undefined;
    case "retrying":
      submitNextAttempt(turn, job, task);
      return undefined;
    case "queued":
    case "submitted":
    case "started":
      return undefined; // these have no timer
  }
}
