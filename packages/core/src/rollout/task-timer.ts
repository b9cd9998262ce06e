import type { JobState } from "./job-state.ts";
import { askAgain } from "./lost.ts";
import type { Turn } from "./state.ts";
import type { TaskState } from "./task-state.ts";
import { submit } from "./tasks.ts";

/** The end of a waiting mode. */
export function taskTimeIsUp(turn: Turn, job: JobState, task: TaskState): void {
  switch (task.mode) {
    case "asking":
      askAgain(turn, job, task);
      return;
    case "resubmitting":
      submit(turn, job, task, task.mayHaveBegun);
      return;
    case "retrying":
      task.attempt += 1;
      task.submission = 0;
      task.resubmissions = 0;
      task.mayHaveBegun = false;
      task.lost = undefined;
      submit(turn, job, task, false);
      return;
    case "submitted":
    case "started":
      return; // these have no timer
  }
}
