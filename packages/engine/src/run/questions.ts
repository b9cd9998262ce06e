import {
  defined,
  jobAt,
  slotNumber,
  type JobPlan,
  type RolloutAction,
  type RunEvent,
  type RunPlan,
  type TaskRef,
} from "@roadrunner/core";
import type { Operator } from "./ports.ts";

/** What the machine asks the operator. */
export type Asked = Omit<Extract<RolloutAction, { type: "askToConfirm" }>, "type">;

/** Something of a run that waits for a person's yes. */
export interface Waiting {
  /** As people count them. */
  readonly slot: number;
  readonly slotName?: string;
  /** The job that holds; absent: the slot has not begun. */
  readonly job?: JobPlan["name"];
  readonly text: string;
}

/** What became of an answer that was given elsewhere; `confirmed`: it is taken, be it yes or no. */
export type ConfirmedElsewhere =
  | { readonly kind: "confirmed"; readonly what: Waiting }
  | { readonly kind: "nothing" }
  /** Which one is meant? */
  | { readonly kind: "several" | "noSuchJob"; readonly waiting: readonly Waiting[] };

/** `stop`: whoever was asked wants the run to end. */
export type Answer = "yes" | "no" | "stop" | "nobody";

interface Open {
  readonly asked: Asked;
  readonly waiting: Waiting;
  /** `unanswered`: nobody was here to answer it; somebody elsewhere still can. */
  state: "waits" | "isAsked" | "unanswered";
  /** Takes it back from whoever is being asked. */
  readonly gone: AbortController;
}

interface QuestionsOptions {
  readonly plan: RunPlan;
  readonly operator: Operator;
  /** @param by who answered elsewhere; absent: whoever is asked here */
  readonly onAnswer: (asked: Asked, answer: Answer, by?: string) => void;
  /** A slot waits for an answer that nobody is here to give. */
  readonly onWaits: (waiting: Waiting) => void;
}

/** Puts a run's questions to the operator, one at a time; each has one answer at most, from here or from elsewhere. */
export class Questions {
  readonly #options: QuestionsOptions;
  #open: Open[] = [];
  #isBusy = false;
  /** A job that has ended has no question any more. */
  readonly #ended = new Set<string>();

  constructor(options: QuestionsOptions) {
    this.#options = options;
  }

  ask(asked: Asked): void {
    const waiting = waitingOf(this.#options.plan, asked);
    if (this.#ended.has(keyOf(waiting))) return;
    this.#withdraw((open) => keyOf(open) === keyOf(waiting), "it is asked anew");
    this.#open.push({ asked, waiting, state: "waits", gone: new AbortController() });
    if (this.#options.operator.isElsewhere === true && waiting.job === undefined)
      this.#options.onWaits(waiting);
    this.#next();
  }

  get waiting(): readonly Waiting[] {
    return this.#open.map(({ waiting }) => waiting);
  }

  /** Whether there is a question that nobody was here to answer. */
  get isUnanswered(): boolean {
    return this.#open.some(({ state }) => state === "unanswered");
  }

  /** Somebody elsewhere answers; without a job the only question that there is. @param by who that is */
  confirm(job?: string, answer: "yes" | "no" = "yes", by?: string): ConfirmedElsewhere {
    if (this.#open.length === 0) return { kind: "nothing" };
    const meant = this.#open.filter(({ waiting }) => job === undefined || waiting.job === job);
    const [open, ...more] = meant;
    if (open === undefined) return { kind: "noSuchJob", waiting: this.waiting };
    if (more.length > 0) return { kind: "several", waiting: this.waiting };
    this.#withdraw((waiting) => waiting === open.waiting, "answered: rr-submit confirm");
    this.#options.onAnswer(open.asked, answer, by);
    return { kind: "confirmed", what: open.waiting };
  }

  /** Takes back what these events have made needless. */
  heard(events: readonly RunEvent[]): void {
    for (const event of events) this.#heard(event);
  }

  /** Nothing is asked any more. */
  end(): void {
    this.#withdraw(() => true, "the run is over here");
  }

  #heard(event: RunEvent): void {
    switch (event.type) {
      case "slot.started":
        this.#withdraw(({ slot, job }) => slot === event.slot && job === undefined, "the slot has started");
        return;
      case "job.confirmed":
        this.#withdraw((one) => keyOf(one) === keyOf(event), "it is answered");
        return;
      case "job.ended":
        this.#ended.add(keyOf(event));
        this.#withdraw((one) => keyOf(one) === keyOf(event), "the job has ended");
        return;
      case "run.stopping": {
        // What runs in the end goes on through a drain.
        const { length } = this.#options.plan.slots;
        const isOver = ({ slot, job }: Waiting): boolean =>
          job === undefined || slot <= length || event.how === "kill";
        this.#withdraw(isOver, "the run stops");
        return;
      }
      default:
    }
  }

  #withdraw(isMeant: (waiting: Waiting) => boolean, why: string): void {
    const meant = this.#open.filter(({ waiting }) => isMeant(waiting));
    this.#open = this.#open.filter((open) => !meant.includes(open));
    for (const { gone } of meant) gone.abort(why);
  }

  #next(): void {
    const open = this.#open.find(({ state }) => state === "waits");
    if (this.#isBusy || open === undefined) return;
    this.#isBusy = true;
    open.state = "isAsked";
    void this.#options.operator.confirm(open.waiting.text, open.gone.signal).then((answer) => {
      this.#isBusy = false;
      // Else it was taken back, or answered elsewhere.
      if (this.#open.includes(open)) this.#answered(open, answer);
      this.#next();
    });
  }

  #answered(open: Open, answer: Answer): void {
    if (answer === "nobody" || answer === "stop") open.state = "unanswered";
    else this.#open = this.#open.filter((other) => other !== open);
    this.#options.onAnswer(open.asked, answer);
  }
}

function waitingOf(plan: RunPlan, { text, job, ...slot }: Asked): Waiting {
  const at: Pick<TaskRef, "phase" | "slot"> = slot;
  return {
    slot: slotNumber(plan, at),
    ...defined({
      slotName: plan[at.phase][at.slot]?.name,
      job: job === undefined ? undefined : jobAt(plan, { ...at, job }).name,
    }),
    text,
  };
}

function keyOf({ slot, job }: Pick<Waiting, "slot" | "job">): string {
  return job === undefined ? `${slot}` : `${slot}/${job}`;
}
