import type { HostBoot } from "@roadrunner/core";
import { NOTHING_CAPTURED } from "../visit/capture.ts";
import type { Evidence } from "./judge.ts";
import type { RemoteEnd } from "../program/remote-task.ts";
import type { StartRefusal, RunRequest } from "../visit/run-request.ts";
import type { Supervised } from "../visit/supervise.ts";

/** What the judge is told. `heard`: the visit that heard the output, where that was an earlier one. */
export function evidenceOf(
  request: RunRequest,
  began: HostBoot | undefined,
  last: Supervised,
  heard: Supervised = last,
): Evidence {
  return { task: request.task, user: request.lease.user, heard: heard.visit, began, ...last };
}

/** The end of a task of which nothing reached the host. */
export function notStarted(refusal: StartRefusal): RemoteEnd {
  return {
    ...refusal,
    blame: refusal.blame ?? "submission",
    stdout: NOTHING_CAPTURED,
    stderr: NOTHING_CAPTURED,
  };
}
