import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fail, succeed, type Result, type RunEvent } from "@roadrunner/core";
import { readAppended, readJournal, type Journal } from "@roadrunner/engine/journal";
import { askHolder, isLocked } from "@roadrunner/engine/lock";
import { waitsForPerson } from "@roadrunner/engine/resume";
import { confirmWord, readConfirmation } from "../carry/confirmations.ts";
import { STOP } from "../carry/signals.ts";
import { clip, safeLine } from "../reporters/text/safe-text.ts";
import { EXIT } from "../usage/exit-codes.ts";
import { wrongUse, type Refusal } from "../usage/refusal.ts";
import type { Followed, KnownRun, RecordedRun } from "./known-run.ts";

const LOOK_EVERY_MS = 300;

/** Characters. */
const MOST_NAMES = 300;

/** A run of this user on this box: its journal, and the rr-submit that may carry it. */
export class BoxRun implements KnownRun {
  readonly kind = "box";
  readonly path: string;
  readonly run: string;
  readonly #folder: string;
  #read: Journal | undefined;

  /** @param folder of this user's runs */
  constructor(folder: string, path: string) {
    this.#folder = folder;
    this.path = path;
    this.run = basename(path, ".ndjson");
  }

  async read(): Promise<Result<RecordedRun, Refusal>> {
    const read = this.#journal();
    return Promise.resolve(read.ok ? succeed(recorded(read.value)) : read);
  }

  async follow(show: (events: readonly RunEvent[]) => void): Promise<Followed> {
    const first = this.#read === undefined ? this.#journal() : succeed(this.#read);
    if (!first.ok) return { kind: "refused", refusal: first.error };
    const { run, path, events } = first.value;
    let last = events.at(-1);
    let { length } = first.value;
    for (;;) {
      const carried = await isLocked(this.#folder, run);
      // Read after the look at the lock: what its owner wrote last is seen.
      const appended = readAppended({ path, length });
      length = appended.length;
      if (appended.events.length > 0) show(appended.events);
      last = appended.events.at(-1) ?? last;
      if (last?.type === "run.ended") return { kind: "ended", verdict: last.verdict };
      if (!carried) {
        const left = readJournal(path);
        return { kind: "left", confirm: left.ok && waitsForPerson(left.value) };
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  async stop(): Promise<Refusal> {
    const journal = this.#journal();
    if (!journal.ok) return journal.error;
    const { run, events } = journal.value;
    const answer = await askHolder(this.#folder, run, STOP);
    if (answer.ok) return { lines: [`run ${run}: ${answer.value}`], code: EXIT.succeeded };
    if (answer.error === "nobody") {
      const has = events.at(-1)?.type === "run.ended";
      const next = has ? `it has ended: rr-submit report ${run}` : `it is open: rr-submit resume ${run}`;
      return wrongUse(`no rr-submit on this box carries run ${run}; ${next}`);
    }
    return {
      lines: [
        `whether run ${run} stops is not known: the rr-submit that carries it says nothing (${answer.error.reason})`,
        `If it is suspended, it stops when it goes on; if it had only begun, say it again: rr-submit attach ${run} shows it.`,
      ],
      code: EXIT.infrastructure,
    };
  }

  async confirm(job: string | undefined): Promise<Refusal> {
    const journal = this.#journal();
    if (!journal.ok) return journal.error;
    const { run, plan } = journal.value;
    const jobs = [...plan.slots, ...plan.finally].flatMap((slot) => slot.jobs.map((one) => one.name));
    if (job !== undefined && !jobs.includes(job))
      return wrongUse(
        `run ${run} has no job ${JSON.stringify(job)}; it has ${clip(jobs.join(", "), MOST_NAMES)}`,
      );
    const answer = await askHolder(this.#folder, run, confirmWord(job));
    if (answer.ok) {
      const confirmation = readConfirmation(answer.value);
      if (confirmation === undefined)
        return wrongUse(
          `run ${run}: the rr-submit that carries it is older and takes no confirm; answer where it runs`,
        );
      const { done, text } = confirmation;
      return { lines: [`run ${run}: ${safeLine(text)}`], code: done ? EXIT.succeeded : EXIT.usage };
    }
    if (answer.error === "nobody")
      return wrongUse(`no rr-submit on this box carries run ${run}; ${nextOf(journal.value)}`);
    return {
      lines: [
        `run ${run} was not confirmed: the rr-submit that carries it says nothing (${answer.error.reason})`,
        "Has it only begun, or is it suspended? Try again, or answer where it runs.",
      ],
      code: EXIT.infrastructure,
    };
  }

  #journal(): Result<Journal, Refusal> {
    const journal = readJournal(this.path);
    if (!journal.ok) return fail(wrongUse(journal.error));
    this.#read = journal.value;
    return journal;
  }
}

function recorded({ run, plan, started, events, path, tornBytes }: Journal): RecordedRun {
  const note = `note: the last line of ${path} is torn (${tornBytes} bytes); it is left out`;
  return { run, plan, started, events, ...(tornBytes > 0 ? { note } : {}) };
}

function nextOf(journal: Journal): string {
  const { run, events } = journal;
  if (events.at(-1)?.type === "run.ended") return `it has ended: rr-submit report ${run}`;
  return waitsForPerson(journal)
    ? `it is open, and waits: rr-submit resume ${run} --confirm`
    : `it is open, and nothing waits to be confirmed: rr-submit resume ${run}`;
}
