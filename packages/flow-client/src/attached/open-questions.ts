import { defined, type RunEvent, type RunPlan } from "@roadrunner/core";
import type { Asked } from "@roadrunner/engine";

type Phase = Asked["phase"];

/** What a run waits for a person to say yes to, as its events show it. */
export class OpenQuestions {
  readonly #plan: RunPlan;
  readonly #open = new Map<string, Asked>();

  constructor(plan: RunPlan) {
    this.#plan = plan;
  }

  get open(): readonly Asked[] {
    return [...this.#open.values()];
  }

  heard(events: readonly RunEvent[]): void {
    for (const event of events) this.#heard(event);
  }

  #heard(event: RunEvent): void {
    switch (event.type) {
      case "run.started":
        return this.#slotNext(1);
      case "slot.ended": {
        const { length } = this.#plan.slots;
        const isOver = event.slot <= length && event.verdict !== "succeeded";
        return this.#slotNext(isOver ? length + 1 : event.slot + 1);
      }
      case "slot.started":
        return void this.#open.delete(`${event.slot}`);
      case "job.held":
        return this.#held(event.slot, event.job, event.reason);
      case "job.confirmed":
      case "job.ended":
        return void this.#open.delete(`${event.slot}/${event.job}`);
      case "run.ended":
        return this.#open.clear();
      default:
    }
  }

  /** The slot of this number is the next one to start. */
  #slotNext(number: number): void {
    const at = this.#at(number);
    const text = at === undefined ? undefined : this.#plan[at.phase][at.slot]?.confirm;
    if (at !== undefined && text !== undefined) this.#open.set(`${number}`, { ...at, text });
  }

  #held(number: number, name: string, reason: string): void {
    const at = this.#at(number);
    if (at === undefined) return;
    const job = this.#plan[at.phase][at.slot]?.jobs.findIndex((one) => one.name === name);
    const text = `job "${name}" holds: ${reason}. Go on?`;
    this.#open.set(`${number}/${name}`, { ...at, text, ...defined({ job }) });
  }

  #at(number: number): { readonly phase: Phase; readonly slot: number } | undefined {
    const { slots, finally: last } = this.#plan;
    if (number <= slots.length) return { phase: "slots", slot: number - 1 };
    return number <= slots.length + last.length
      ? { phase: "finally", slot: number - slots.length - 1 }
      : undefined;
  }
}
