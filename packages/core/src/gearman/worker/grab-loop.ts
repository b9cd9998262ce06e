/**
 * When one link of a worker grabs, sleeps and waits. Pure: the worker's link performs the actions in their order.
 *
 * - `down`: no connection.
 * - `resting`: up, but paused; nothing is asked for.
 * - `waiting`: wants to grab as soon as a place is free.
 * - `grabbing`: holds a place and has one GRAB_JOB_UNIQ outstanding, never more.
 * - `asleep`: PRE_SLEEP was sent; a NOOP or a poke ends it.
 *
 * Two rules keep the server from taking this link for deaf. PRE_SLEEP is only ever the answer to NO_JOB: gearmand
 * sends one NOOP and then no other until a GRAB_JOB comes, so a link must not sleep after it was woken without
 * having grabbed. And whoever was woken, paused or full grabs as its next word.
 */
export interface GrabState {
  readonly phase: "down" | "resting" | "waiting" | "grabbing" | "asleep";
  readonly paused: boolean;
}

export type GrabEvent =
  | "up"
  | "down"
  /** A claimed place was granted. */
  | "placeGranted"
  /** JOB_ASSIGN_UNIQ, with its workload; the place now belongs to the job. */
  | "jobAssigned"
  | "noJob"
  | "noop"
  /** From a timer: heals a NOOP that was lost. */
  | "poke"
  | "pause"
  | "resume";

export type GrabAction = "claimPlace" | "dropClaim" | "returnPlace" | "grab" | "preSleep";

export interface GrabStep {
  readonly state: GrabState;
  readonly actions: readonly GrabAction[];
}

export const initialGrabState: GrabState = { phase: "down", paused: false };

export function advanceGrab(state: GrabState, event: GrabEvent): GrabStep {
  const { phase, paused } = state;
  const to = (phase: GrabState["phase"], ...actions: GrabAction[]): GrabStep => ({
    state: { phase, paused },
    actions,
  });
  const seekJob = (): GrabStep => (paused ? to("resting") : to("waiting", "claimPlace"));
  switch (event) {
    case "up":
      return phase === "down" ? seekJob() : to(phase);
    case "down":
      if (phase === "waiting") return to("down", "dropClaim");
      return phase === "grabbing" ? to("down", "returnPlace") : to("down");
    case "placeGranted":
      return phase === "waiting" ? to("grabbing", "grab") : to(phase, "returnPlace");
    case "jobAssigned":
      return phase === "grabbing" ? seekJob() : to(phase);
    case "noJob":
      if (phase !== "grabbing") return to(phase);
      return paused ? to("resting", "returnPlace") : to("asleep", "preSleep", "returnPlace");
    case "noop":
    case "poke":
      return phase === "asleep" ? seekJob() : to(phase);
    case "pause":
      if (paused) return to(phase);
      return phase === "waiting"
        ? { state: { phase: "resting", paused: true }, actions: ["dropClaim"] }
        : { state: { phase, paused: true }, actions: [] };
    case "resume":
      if (!paused) return to(phase);
      return phase === "resting" || phase === "asleep"
        ? { state: { phase: "waiting", paused: false }, actions: ["claimPlace"] }
        : { state: { phase, paused: false }, actions: [] };
  }
}
