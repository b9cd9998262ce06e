import type { Mark } from "./marks.ts";
import type { RemoteEnd, RemoteTask } from "./remote-task.ts";

/** Words that say why nothing was started, each with the cure. */
export function explainRefusal(
  marks: readonly Mark[],
  task: RemoteTask,
): Omit<RemoteEnd, "stdout" | "stderr"> | undefined {
  for (const mark of marks) {
    const reason = refusalOf(mark, task);
    if (reason !== undefined) return { outcome: "refused", blame: "host", reason };
  }
  return undefined;
}

function refusalOf({ word }: Mark, task: RemoteTask): string | undefined {
  switch (word) {
    case "nocwd":
      return `cwd ${JSON.stringify(task.cwd)} cannot be entered on the host: make it, or name another`;
    case "noshell":
      return `shell ${JSON.stringify(task.shell)} is not on the host: install it, or name another`;
    default:
      return undefined;
  }
}
