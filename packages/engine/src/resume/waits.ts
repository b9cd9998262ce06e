import { defined, type RolloutAction } from "@roadrunner/core";

/** A question that nobody has answered yet. */
export type Waits = Omit<Extract<RolloutAction, { type: "askToConfirm" }>, "type">;

/** The questions of a recorded past that are still there at its end. */
export class Waiting {
  readonly #waits = new Map<string, Waits>();

  note(action: RolloutAction): void {
    if (action.type === "askToConfirm") {
      const { phase, slot, job, text } = action;
      this.#waits.set(keyOf(action), { phase, slot, text, ...defined({ job }) });
      return;
    }
    if (action.type !== "announce") return;
    const { announcement } = action;
    switch (announcement.type) {
      case "slotStarted":
      case "jobConfirmed":
      case "jobEnded":
        this.#waits.delete(keyOf(announcement));
        return;
      case "runEnded":
        this.#waits.clear();
        return;
      default:
    }
  }

  get left(): readonly Waits[] {
    return [...this.#waits.values()];
  }
}

/** Of a slot that has not begun, or of a job of it. */
function keyOf({ phase, slot, job }: Pick<Waits, "phase" | "slot"> & { readonly job?: number }): string {
  return `${phase}/${slot}/${job ?? ""}`;
}
