import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent, RunPlan } from "@roadrunner/core";
import {
  functionsOf,
  linkTo,
  lookForWorkers,
  protectionOf,
  type Protection,
  type RunResult,
  type SubmittedRun,
  type WorkerLink,
} from "@roadrunner/engine";
import type { RunRow } from "@roadrunner/engine/api";
import { rowOf } from "@roadrunner/engine/api";
import type { RunStory } from "@roadrunner/engine/story";
import {
  confirmationOf,
  killAsked,
  NO_PRESS,
  NOTHING_WAITS,
  stopAsked,
  type Confirmation,
  type Presses,
  type StopAsked,
} from "@roadrunner/engine/words";
import type { Owned } from "../store/store.ts";
import type { Again } from "./again.ts";
import { Feed } from "./feed.ts";
import type { KeptRun } from "./kept-run.ts";
import { loadPast, type Past } from "./load-run.ts";
import { failedAgain, pauseMs } from "./pauses.ts";
import type { CarrySite } from "./site.ts";
import { StoreJournal, rowStory } from "./store-journal.ts";
import { submitHere } from "./submit-here.ts";
import { WrittenWaits } from "./written-waits.ts";

/** Workers are looked for again and again: each time for so long at most. */
const LOOK_MS = 10_000;
/** Who asks for something waits so long for it to be written down. */
const WRITE_MS = 5000;
/** What is to be written before the run is let go may take so long. */
const LEAVE_MS = 5000;

/** How it came that a run is carried here no longer. `unwritten`: the store takes no more of it. */
export type Over = "ended" | "left" | "lost" | "unwritten";

export interface CarriedRunOptions {
  readonly owned: Owned;
  /** The flow's name. */
  readonly flow: string;
  readonly kept: KeptRun;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Somebody asked for it to go on; absent: it is new, or it was taken over. */
  readonly again?: Again;
  /** Until when it is ours for certain, by this box's clock. */
  readonly heldUntilMs: () => number;
}

/** One run that this coordinator owns: carried on, over all that keeps it from going on, until it has ended. */
export class CarriedRun {
  readonly owned: Owned;
  readonly flow: string;
  readonly over: Promise<Over>;
  readonly #site: CarrySite;
  readonly #kept: KeptRun;
  readonly #secrets: Readonly<Record<string, string>>;
  #again: Again | undefined;
  readonly #story: RunStory = rowStory();
  #feed: Feed | undefined;
  #journal: StoreJournal | undefined;
  #submitted: SubmittedRun | undefined;
  #presses: Presses = NO_PRESS;
  /** Why it does not go on now. */
  #waitsFor: string | undefined;
  #over: Over | undefined;
  readonly #waits = new WrittenWaits();
  /** It was to stop before it went on here: nothing is submitted until that is written down once more. */
  #stopDue = false;
  readonly #heldUntilMs: () => number;
  #hurry = new AbortController();

  constructor(site: CarrySite, options: CarriedRunOptions) {
    this.#site = site;
    this.owned = options.owned;
    this.flow = options.flow;
    this.#kept = options.kept;
    this.#secrets = options.secrets ?? {};
    this.#again = options.again;
    this.#heldUntilMs = options.heldUntilMs;
    this.over = this.#carry();
  }

  /** Absent until its past is read. */
  get feed(): Feed | undefined {
    return this.#feed;
  }

  /** As the list has it; absent until its past is read, or where it has not begun. */
  get row(): RunRow | undefined {
    if (this.#story.run === "") return undefined;
    const row = rowOf(this.#story, this.#story.verdict === undefined);
    return this.#waitsFor === undefined ? row : { ...row, reason: this.#waitsFor };
  }

  /** Why it does not go on now; absent: it does. */
  get waitsFor(): string | undefined {
    return this.#waitsFor;
  }

  /** Its lease was renewed. */
  renewed(): void {
    this.#submitted?.renewed();
  }

  /** What was done, in a sentence; it is written down then, or the sentence says that it is not. */
  async stop(): Promise<string> {
    return this.#stop(stopAsked, "rr-submit stop");
  }

  async kill(): Promise<string> {
    return this.#stop(killAsked, "rr-submit kill");
  }

  async confirm(job: string | undefined, answer: "yes" | "no"): Promise<Confirmation> {
    if (this.#submitted === undefined) return NOTHING_WAITS;
    const confirmed = confirmationOf(this.#submitted.confirm(job, answer), job, answer);
    if (!confirmed.done) return confirmed;
    return { done: true, text: await this.#onceWritten(isAnswer, confirmed.text) };
  }

  /** Another has it: nothing more is done here. */
  lost(): void {
    if (this.#over !== undefined) return;
    this.#site.observer.leaseLost();
    this.#site.log.warn("another coordinator carries a run of ours on: it is left to it", {
      run: this.owned.run,
    });
    this.#end("lost", "another coordinator carries it on");
  }

  /** Leaves it open for whoever takes it over. */
  async leave(reason: string): Promise<void> {
    this.#end("left", reason);
    const late = setTimeout(() => this.#journal?.giveUp(reason), LEAVE_MS);
    await this.over;
    clearTimeout(late);
  }

  #end(over: Over, reason: string): void {
    if (this.#over !== undefined) return;
    this.#over = over;
    if (over === "lost") this.#journal?.giveUp(reason);
    this.#submitted?.abandon(reason);
    this.#hurry.abort();
  }

  async #stop(ask: (presses: Presses, nowMs: number) => StopAsked, name: string): Promise<string> {
    const { presses, how, text } = ask(this.#presses, performance.now());
    this.#presses = presses;
    if (how === undefined) return text;
    this.#site.log.info("a run is to stop", { run: this.owned.run, how });
    // One that waits goes on for it: what is to stop needs no worker, if nothing runs.
    if (this.#submitted === undefined) this.#hurry.abort();
    else
      this.#submitted.stop(how, presses.count === 2 && name === "rr-submit stop" ? `${name}, again` : name);
    return this.#onceWritten((event) => event.type === "run.stopping" && event.how === how, text);
  }

  async #onceWritten(isMeant: (event: RunEvent) => boolean, text: string): Promise<string> {
    const written = await this.#waits.until(isMeant, WRITE_MS);
    return written ? text : `${text}; it is not written down yet, and is lost if this coordinator dies now`;
  }

  async #carry(): Promise<Over> {
    let link: WorkerLink | undefined;
    try {
      let past = await this.#load();
      this.#recall(past);
      const carry = this.#kept.carry;
      link = linkTo(this.#site.servers, { "max-in-flight": carry.maxInFlight });
      for (let failed = 0; this.#over === undefined;) {
        const begun = performance.now();
        const result = await this.#goOn(past, link);
        await this.#journal?.flushed();
        if (result?.kind === "ended") this.#over ??= "ended";
        if (this.#over !== undefined) break;
        failed = failedAgain(failed, performance.now() - begun);
        await this.#pause(pauseMs(failed - 1));
        past = await this.#load();
      }
    } finally {
      this.#journal?.giveUp("the run is over here");
      this.#feed?.end();
      this.#waits.end(this.#over === "ended");
      await link?.gearman.close();
    }
    return this.#over ?? "left";
  }

  /** Its past as the store has it, however long that takes. */
  async #load(): Promise<Past | undefined> {
    for (let failed = 0; this.#over === undefined; failed += 1) {
      const loaded = await loadPast(this.#site.store, this.owned.run);
      if (loaded.ok) return loaded.value;
      this.#cannotGoOn(loaded.error.reason);
      await this.#pause(pauseMs(failed));
    }
    return undefined;
  }

  /** What was told before this coordinator had it. */
  #recall(past: Past | undefined): void {
    const events = past?.events ?? [];
    for (const event of events) this.#story.add(event);
    const { store, observer } = this.#site;
    const next = events.length + 1;
    const feed = new Feed(next);
    this.#feed = feed;
    this.#journal = new StoreJournal({
      store,
      owned: this.owned,
      next,
      story: this.#story,
      onWritten: (first, written) => {
        observer.appended(written.length);
        feed.events(first, written);
        this.#waits.written(written);
        if (this.#stopDue && written.some(({ type }) => type === "run.stopping")) {
          this.#stopDue = false;
          this.renewed();
        }
      },
      onLost: () => this.lost(),
      onAway: (reason) => this.#site.log.warn("the store cannot be written", { run: this.owned.run, reason }),
      onRefused: (reason) => {
        this.#site.log.error("a run is left: the store takes nothing more of it", {
          run: this.owned.run,
          reason,
        });
        this.#end("unwritten", reason);
      },
    });
    // Whoever goes on with it wants it to; whoever takes it over does what was wanted before.
    const stopping = this.#again === undefined ? events.findLast(isStopOrResume) : undefined;
    if (stopping?.type === "run.stopping")
      this.#presses = { count: stopping.how === "kill" ? 2 : 1, lastMs: Number.NEGATIVE_INFINITY };
  }

  /** Once: until it ends or cannot go on. Undefined: it could not even begin. */
  async #goOn(past: Past | undefined, link: WorkerLink): Promise<RunResult | undefined> {
    const { run } = this.owned;
    const plan = past?.plan ?? this.#kept.begin?.plan;
    const missing = plan === undefined ? "what it is was not kept" : this.#missing(plan);
    if (plan === undefined || missing !== undefined) return this.#cannotGoOn(missing ?? "");
    const protection = await protectionOf(this.#site.keys, this.#site.agent, run, plan);
    if (!protection.ok) return this.#cannotGoOn(protection.error);
    const unreached = await this.#look(plan, link);
    if (this.#over !== undefined) return undefined;
    const isNews = past === undefined || this.#again !== undefined;
    if (unreached !== undefined && !isNews) return this.#cannotGoOn(unreached);
    const result = this.#submit(past, plan, link, protection.value);
    // What it waits for stands in its events, once.
    if (unreached !== undefined) {
      this.#cannotGoOn(unreached);
      this.#submitted?.abandon(unreached);
    }
    return result;
  }

  async #submit(
    past: Past | undefined,
    plan: RunPlan,
    link: WorkerLink,
    protection: Protection,
  ): Promise<RunResult> {
    const { journal, feed } = { journal: this.#journal, feed: this.#feed };
    if (journal === undefined || feed === undefined) throw new Error("bug: its past was not read");
    this.#stopDue = this.#presses.count > 0;
    const submitted = submitHere({
      ...{ run: this.owned.run, plan, past, link, protection, journal, feed },
      kept: this.#kept,
      secrets: this.#secrets,
      again: this.#again,
      by: this.#site.by,
      ownership: {
        epoch: this.owned.epoch,
        heldUntilMs: () => (this.#stopDue ? 0 : this.#heldUntilMs()),
      },
    });
    this.#submitted = submitted;
    this.#waitsFor = undefined;
    this.#again = undefined;
    if (this.#presses.count > 0)
      submitted.stop(this.#presses.count >= 2 ? "kill" : "drain", "it was to stop before");
    const result = await submitted.ended;
    this.#submitted = undefined;
    if (result.kind === "interrupted" && this.#over === undefined) this.#cannotGoOn(result.reason);
    return result;
  }

  #missing({ secretParams = [] }: RunPlan): string | undefined {
    const names = secretParams.filter((name) => this.#secrets[name] === undefined);
    return names.length === 0
      ? undefined
      : `its secrets (${names.join(", ")}) are not here; give them to rr-submit resume ${this.owned.run}`;
  }

  /** Why nobody would take its tasks; undefined: somebody would, or it is to stop and needs nobody. */
  async #look(plan: RunPlan, link: WorkerLink): Promise<string | undefined> {
    if (this.#presses.count > 0) return undefined;
    const { waitForWorkersMs, serverTimeoutMs } = this.#kept.carry;
    const looked = await this.#unlessHurried(
      lookForWorkers(link, functionsOf(plan), {
        "server-timeout": serverTimeoutMs,
        "wait-for-workers": Math.min(waitForWorkersMs, LOOK_MS),
      }),
    );
    if (looked === undefined || looked.ok) return undefined;
    return [looked.error.what, ...looked.error.cures].join(". ");
  }

  #cannotGoOn(reason: string): undefined {
    if (this.#waitsFor !== reason)
      this.#site.log.warn("a run cannot go on now; it is tried again", { run: this.owned.run, reason });
    this.#waitsFor = reason;
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#hurry.signal }).catch(() => undefined);
    if (this.#over === undefined) this.#hurry = new AbortController();
  }

  /** Undefined: somebody wants it sooner. */
  async #unlessHurried<T>(promise: Promise<T>): Promise<T | undefined> {
    const { signal } = this.#hurry;
    const hurried = new Promise<undefined>((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    return Promise.race([promise, hurried]);
  }
}

/** What follows from an answer. */
function isAnswer({ type }: RunEvent): boolean {
  return ["job.confirmed", "slot.started", "run.stopping", "run.ended"].includes(type);
}

function isStopOrResume({ type }: RunEvent): boolean {
  return type === "run.stopping" || type === "run.resumed";
}
