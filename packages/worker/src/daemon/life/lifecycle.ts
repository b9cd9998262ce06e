/**
 * The worker process's life, as a function of what happened:
 *
 * - `running`: grabs and runs. Left by the first signal.
 * - `draining`: grabs nothing more; what runs is finished and answered. Left when nothing runs, at the
 *   drain deadline, or by a second signal.
 * - `leaving`: what still runs is let go (its outcome becomes somebody else's to learn) or killed, then the
 *   process ends. A third signal ends it at once.
 */
export type LifeState = "running" | "draining" | "leaving" | "gone";
export type LifeEvent = "signal" | "idle" | "deadline" | "left";

export function nextLife(state: LifeState, event: LifeEvent): LifeState {
  switch (state) {
    case "running":
      return event === "signal" ? "draining" : "running";
    case "draining":
      return event === "left" ? "draining" : "leaving";
    case "leaving":
      return event === "left" || event === "signal" ? "gone" : "leaving";
    case "gone":
      return "gone";
  }
}
