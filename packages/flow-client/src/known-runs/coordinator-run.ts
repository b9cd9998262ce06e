import { setTimeout as sleep } from "node:timers/promises";
import { defined, fail, succeed, type Result, type RunEvent } from "@roadrunner/core";
import type { SignedText } from "@roadrunner/core/signing";
import { JournalCheck } from "@roadrunner/engine/journal";
import { waitsForPerson } from "@roadrunner/engine/resume";
import type { Resume, RunRow } from "@roadrunner/engine/api";
import { by } from "../carry/hand-over.ts";
import { followEvents, type ApiFault, type CoordinatorClient } from "../coordinator/index.ts";
import { safeLine } from "../reporters/text/safe-text.ts";
import { EXIT } from "../usage/exit-codes.ts";
import type { Refusal } from "../usage/refusal.ts";
import { say } from "../usage/say.ts";
import type { Followed, KnownRun, RecordedRun } from "./known-run.ts";

export type ToSign = Pick<RecordedRun, "run" | "plan" | "events" | "principal">;

const LOOK_EVERY_MS = 300;
/** A beginning that nobody needs to hear of. */
const UNTOLD_MS = 2000;

/** A run that a coordinator has. */
export class CoordinatorRun implements KnownRun {
  readonly kind = "coordinator";
  readonly run: string;
  readonly client: CoordinatorClient;
  /** Behind the run's id in a command that is named to the operator. */
  readonly word: string;
  /** Who handed it over, as his login proved. */
  readonly #principal: string | undefined;
  #check = new JournalCheck();
  /** Number of the last event that is known. */
  #last = 0;
  /** With which it has ended, as far as is known. */
  #ended: Extract<RunEvent, { type: "run.ended" }> | undefined;

  /** @param word see there @param principal who handed it over, where that is known */
  constructor(client: CoordinatorClient, run: string, word: string, principal?: string) {
    this.#principal = principal;
    this.client = client;
    this.run = run;
    this.word = word;
  }

  /** What names it in a next command. */
  get named(): string {
    return `${this.run}${this.word}`;
  }

  /** Waits until it has begun, as long as somebody carries it: there must be a job server, and workers. */
  async begun(): Promise<Result<void, Refusal>> {
    let isTold = false;
    for (const sinceMs = performance.now(); ; await sleep(LOOK_EVERY_MS)) {
      const row = await this.client.run(this.run);
      if (!row.ok) return fail(row.error.refusal);
      // Until then it has no time.
      if (row.value.started !== "" || row.value.state !== "running") return succeed(undefined);
      if (isTold || performance.now() - sinceMs < UNTOLD_MS) continue;
      isTold = true;
      say(`run ${this.run} has not begun yet${reasonOf(row.value)}`);
    }
  }

  async read(): Promise<Result<RecordedRun, Refusal>> {
    const check = new JournalCheck();
    const events: RunEvent[] = [];
    for (let from: number | undefined = 1; from !== undefined;) {
      const page = await this.client.events(this.run, from);
      if (!page.ok) return fail(page.error.refusal);
      for (const event of page.value.events) {
        const fits = check.next(event);
        if (!fits.ok) return fail(this.#damaged(fits.error));
        events.push(event);
      }
      from = page.value.next;
    }
    const [started] = events;
    if (started === undefined) return fail(await this.#notBegun());
    if (started.type !== "run.started") return fail(this.#damaged(`it begins with ${started.type}`));
    this.#check = check;
    this.#last = events.length;
    const last = events.at(-1);
    this.#ended = last?.type === "run.ended" ? last : undefined;
    const principal = this.#principal;
    return succeed({ run: this.run, plan: started.plan, started, events, ...defined({ principal }) });
  }

  async follow(show: (events: readonly RunEvent[]) => void, away?: AbortSignal): Promise<Followed> {
    if (this.#ended !== undefined) return { kind: "ended", verdict: this.#ended.verdict };
    const options = { after: this.#last, check: this.#check, show, away, word: this.word };
    const end = await followEvents(this.client, this.run, options);
    if (end.kind === "refused" || end.kind === "away") return end;
    if (end.kind === "ended") return { kind: "ended", verdict: end.ended.verdict };
    const left = await this.read();
    return { kind: "left", confirm: left.ok && waitsForPerson(left.value) };
  }

  async stop(): Promise<Refusal> {
    const told = await this.client.stop(this.run);
    if (!told.ok) return told.error.refusal;
    const { text, whose } = told.value;
    const of = whose === undefined ? "" : ` of ${safeLine(whose)}`;
    return { lines: [`run ${this.run}${of}: ${safeLine(text)}`], code: EXIT.succeeded };
  }

  async confirm(job: string | undefined, goOn = true): Promise<Refusal> {
    return this.#done(await this.client.confirm(this.run, { ...defined({ job }), goOn, by: by() }));
  }

  /** What is to be signed of it; of a run that has not begun the coordinator tells the plan beside its events. */
  async toSign(): Promise<Result<ToSign, Refusal>> {
    const told = await this.client.signed(this.run);
    if (!told.ok) return fail(told.error.refusal);
    const { plan } = told.value;
    if (plan === undefined) return this.read();
    const principal = this.#principal;
    return succeed({ run: this.run, plan, events: [], ...defined({ principal }) });
  }

  /** Gives the coordinator its operator's word on the plan, anew. */
  async sign(signed: SignedText): Promise<Refusal> {
    return this.#done(await this.client.sign(this.run, signed));
  }

  #done(told: Result<{ readonly done: boolean; readonly text: string }, ApiFault>): Refusal {
    if (!told.ok) return told.error.refusal;
    const { done, text } = told.value;
    return {
      lines: [`run ${this.run}: ${safeLine(text)}`],
      code: done ? EXIT.succeeded : EXIT.usage,
    };
  }

  /** Has the coordinator go on with it; what comes then is followed. */
  async resume(resume: Resume): Promise<Result<string, ApiFault>> {
    const told = await this.client.resume(this.run, resume);
    if (told.ok) this.#ended = undefined;
    return told;
  }

  async #notBegun(): Promise<Refusal> {
    const row = await this.client.run(this.run);
    const why = row.ok ? reasonOf(row.value) : "";
    return {
      lines: [
        `run ${this.run} is with the coordinator on ${this.client.name}, and has not begun${why}`,
        `Look again: rr-submit attach ${this.named}`,
      ],
      code: EXIT.infrastructure,
    };
  }

  #damaged(why: string): Refusal {
    const lines = [`the events of run ${this.run} on ${this.client.name} are damaged: ${why}`];
    return { lines, code: EXIT.infrastructure };
  }
}

function reasonOf({ reason }: RunRow): string {
  return reason === undefined ? "" : `: ${safeLine(reason)}`;
}
