import type { RunEvent } from "@roadrunner/core";

/**
 * A lost task is asked again for minutes, and each answer that says nothing is a loss of its own in the journal. For
 * people the first one with its reason is enough, until a worker says that it has found the command.
 */
export class RepeatedLosses {
  readonly #told = new Map<string, string>();

  /** Whether this event is a loss that was told before. */
  has(event: RunEvent): boolean {
    if (event.type === "task.started" || event.type === "task.ended") this.#told.delete(nameOf(event));
    if (event.type !== "task.lost") return false;
    const name = nameOf(event);
    if (this.#told.get(name) === event.reason) return true;
    this.#told.set(name, event.reason);
    return false;
  }
}

function nameOf(task: { readonly slot: number; readonly job: string; readonly host: string }): string {
  return `${task.slot}/${task.job}/${task.host}`;
}
