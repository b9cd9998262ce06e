import { parseControl, WIRE_VERSION, type ControlAnswer } from "@roadrunner/core";
import type { TaskRoom } from "./task-room.ts";

/** Does what a control message says, at once; the answer tells how the worker stands. */
export function answerControl(room: TaskRoom, workload: Buffer, state: string): ControlAnswer {
  const parsed = parseControl(workload.toString("utf8"));
  const standing = {
    v: WIRE_VERSION,
    worker: room.workerId,
    version: room.version,
    places: room.places,
    running: room.running.size,
    state,
  } as const;
  if (!parsed.ok) {
    room.log.warn("refused a control message", { reason: parsed.error });
    return { ...standing, ok: false, reason: parsed.error };
  }
  const message = parsed.value;
  if (message.type !== "status") {
    room.revocations.add(message);
    const killed = message.type === "kill" ? room.running.kill(message, "killed by the operator") : 0;
    room.log.info(message.type === "kill" ? "killing tasks" : "revoked tasks", {
      run: message.run,
      jobs: message.jobs?.join(","),
      killed,
    });
  }
  return { ...standing, ok: true };
}
