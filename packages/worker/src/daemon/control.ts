import { WIRE_VERSION, type ControlAnswer } from "@roadrunner/core";
import { isStatusQuestion, type GivenMessage } from "../authority/authority.ts";
import type { TaskRoom } from "./task-room.ts";

/** To whoever cannot seal, or not in time: how the worker stands is told in numbers only, which anybody may ask for. */
export function refuseUnopened(room: TaskRoom, text: string, reason: string): ControlAnswer {
  if (!isStatusQuestion(text)) room.log.warn("refused a control message", { reason });
  return { ...standingOf(room, "sealed"), ok: false, reason };
}

/** Does what a control message says, at once; the answer tells how the worker stands. */
export function answerControl(room: TaskRoom, message: GivenMessage, state: string): ControlAnswer {
  const admitted = room.authority.control(message, Date.now());
  const standing = standingOf(room, state);
  if (!admitted.ok) {
    const { reason } = admitted.error;
    room.log.warn("refused a control message", { reason });
    return { ...standing, ok: false, reason };
  }
  const { value: control, signer } = admitted.value;
  if (control.type !== "status") {
    room.revocations.add(control, signer?.fingerprint);
    const killed = control.type === "kill" ? room.running.kill(control, "killed by the operator") : 0;
    room.log.info(control.type === "kill" ? "killing tasks" : "revoked tasks", {
      run: control.run,
      jobs: control.jobs?.join(","),
      killed,
      principal: signer?.principal,
    });
  }
  return { ...standing, ok: true };
}

function standingOf(room: TaskRoom, state: string): Omit<ControlAnswer, "ok"> {
  return {
    v: WIRE_VERSION,
    worker: room.workerId,
    version: room.version,
    places: room.places,
    running: room.running.size,
    state,
  };
}
