import { fail, succeed, type Result, type RunEvent, type RunPlan } from "@roadrunner/core";
import type { SignedText } from "@roadrunner/core/signing";
import {
  linkTo,
  protectionOf,
  type CarriedPlan,
  type Protection,
  type RunResult,
  type SubmittedRun,
  type WorkerLink,
} from "@roadrunner/engine";
import { rowOf, type RunRow } from "@roadrunner/engine/api";
import type { RunStory } from "@roadrunner/engine/story";
import type { Confirmation } from "@roadrunner/engine/words";
import type { Owned, Word } from "../../store/store.ts";
import type { Again } from "./again.ts";
import { Feed } from "./feed.ts";
import { Hurry } from "./hurry.ts";
import { Listening } from "./listening.ts";
import type { KeptRun } from "../kept/kept-run.ts";
import { loadPast, loadPlan, type Past } from "../kept/load-run.ts";
import { lookForTakers } from "./look-for-takers.ts";
import { failedAgain, pauseMs } from "./pauses.ts";
import { HeldSignature, type Signature } from "../kept/signed-runs.ts";
import type { CarrySite } from "../site.ts";
import { Stops, type Stop } from "./stops.ts";
import { StoreJournal, rowStory } from "./store-journal.ts";
import { submitHere } from "./submit-here.ts";
import { WrittenWaits } from "./written-waits.ts";

/** What is to be written before the run is let go may take so long. */
const LEAVE_MS = 5000;

/** How it came that a run is carried here no longer. `unwritten`: the store takes no more of it. */
export type Over = "ended" | "left" | "lost" | "unwritten" | "bug";

export interface CarriedRunOptions {
  readonly owned: Owned;
  readonly kept: KeptRun;
  readonly secrets?: Readonly<Record<string, string>>;
  /** What its operator signed, where that came just now. */
  readonly signature?: Signature;
  /** Somebody asked for it to go on; absent: it is new, or it was taken over. */
  readonly again?: Again;
  /** Until when it is ours for certain, by this box's clock. */
  readonly heldUntilMs: () => number;
  /** Its operator signed for others alone: why it is kept here all the same; undefined: it is left to one of them. */
  readonly forOthers: (signed: SignedText) => Promise<string | undefined>;
}

/** What there is of a run when its past is known. */
interface Recalled {
  readonly journal: StoreJournal;
  readonly feed: Feed;
}

/** One run that this coordinator owns: carried on, over all that keeps it from going on, until it has ended. */
export class CarriedRun {
  readonly owned: Owned;
  /** Never fails. */
  readonly over: Promise<Over>;
  readonly #site: CarrySite;
  readonly #options: CarriedRunOptions;
  #again: Again | undefined;
  readonly #story: RunStory = rowStory();
  #recalled: Recalled | undefined;
  #submitted: SubmittedRun | undefined;
  readonly #stops = new Stops();
  readonly #waits = new WrittenWaits();
  /** It was to stop before it went on here: nothing is submitted until that is written down once more. */
  #stopDue = false;
  #stopWritten: Stop["how"] | undefined;
  /** Nothing of it runs, and nothing is to. */
  #onlyEnds = false;
  /** Why it does not go on now. */
  #waitsFor: string | undefined;
  #unwritten: string | undefined;
  readonly #signature: HeldSignature;
  #over: Over | undefined;
  readonly #hurry = new Hurry();
  readonly #listening: Listening;

  constructor(site: CarrySite, options: CarriedRunOptions) {
    this.#site = site;
    this.#options = options;
    this.owned = options.owned;
    this.#signature = new HeldSignature(site, options.owned.run, options.signature);
    this.#again = options.again;
    this.#listening = new Listening({
      ...{
        run: options.owned.run,
        log: site.log,
        stops: this.#stops,
        hurry: this.#hurry,
        waits: this.#waits,
      },
      signature: this.#signature,
      onSigned: (by) => {
        this.#story.signedBy = by;
      },
      plan: async () => this.#plan(),
      now: () => ({ submitted: this.#submitted, waitsFor: this.#waitsFor }),
    });
    this.over = this.#carry();
  }

  /** Absent until its past is known. */
  get feed(): Feed | undefined {
    return this.#recalled?.feed;
  }

  /** As the list has it; absent until its past is known, or where it has not begun. */
  get row(): RunRow | undefined {
    if (this.#story.run === "") return undefined;
    const row = rowOf(this.#story, this.#story.verdict === undefined);
    const reason = this.#unwritten ?? this.#signature.over;
    return reason === undefined ? row : { ...row, reason };
  }

  /** Why it does not go on now; absent: it does. */
  get waitsFor(): string | undefined {
    return this.#waitsFor;
  }

  /** Why the store takes no events of it now; absent: it does, or there are none. */
  get unwritten(): string | undefined {
    return this.#unwritten;
  }

  /** Its lease was renewed. */
  renewed(): void {
    this.#submitted?.renewed();
  }

  /** Says to it what somebody wants of it. */
  async hear(word: Pick<Word, "kind" | "job" | "by">): Promise<Confirmation> {
    return this.#listening.hear(word);
  }

  /** A stop that was asked of it, and that its events do not tell whoever goes on with it. */
  get unwrittenStop(): Stop | undefined {
    const { wanted } = this.#stops;
    return wanted?.how === this.#stopWritten ? undefined : wanted;
  }

  /** What operators signed of its plan, as far as that was read. */
  get signedPlans(): readonly CarriedPlan[] {
    return this.#signature.plans?.all ?? [];
  }

  /** Its plan was signed anew; that was held against the plan, and is in the store. */
  async signedAnew(signature: Signature): Promise<Confirmation> {
    this.#signature.willBe(signature);
    return this.hear({ kind: "sign" });
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
    const late = setTimeout(() => this.#recalled?.journal.giveUp(reason), LEAVE_MS);
    await this.over;
    clearTimeout(late);
  }

  #end(over: Over, reason: string): void {
    if (this.#over !== undefined) return;
    this.#over = over;
    if (over === "lost") this.#recalled?.journal.giveUp(reason);
    this.#submitted?.abandon(reason);
    this.#hurry.wake();
  }

  async #carry(): Promise<Over> {
    const { maxInFlight } = this.#options.kept.carry;
    const link = linkTo(this.#site.servers, { "max-in-flight": maxInFlight });
    try {
      for (let failed = 0; this.#over === undefined;) {
        const begun = performance.now();
        const result = await this.#goOn(link);
        await this.#recalled?.journal.flushed();
        if (result.ok && result.value.kind === "ended") this.#over ??= "ended";
        if (this.#over !== undefined) break;
        this.#cannotGoOn(result.ok ? reasonOf(result.value) : result.error);
        failed = failedAgain(failed, performance.now() - begun);
        await this.#hurry.pause(pauseMs(failed - 1));
      }
    } catch (error) {
      // One run's bug is not to end the others.
      const { stack, message } = error as Error;
      this.#site.log.error("a bug in rr-coordinator; please report it", {
        ...{ run: this.owned.run, error: stack ?? message },
      });
      this.#end("bug", "a bug in rr-coordinator");
    } finally {
      this.#recalled?.journal.giveUp("the run is over here");
      this.#recalled?.feed.end();
      this.#waits.end(this.#over === "ended");
      await link.gearman.close();
    }
    return this.#over ?? "bug";
  }

  /** Once: until it ends or cannot go on. The error says why it could not even begin. */
  async #goOn(link: WorkerLink): Promise<Result<RunResult, string>> {
    const { kept } = this.#options;
    const { run } = this.owned;
    const plan = await this.#plan();
    if (!plan.ok) return plan;
    const hasNotBegun = kept.begin !== undefined && this.#story.run === "";
    this.#onlyEnds = hasNotBegun && this.#stops.wanted !== undefined;
    const missing = this.#missing(plan.value);
    if (missing !== undefined && !this.#onlyEnds) return fail(missing);
    const signed = await this.#signature.load(plan.value);
    if (!signed.ok && !this.#onlyEnds) return this.#notSignedForUs(signed.error);
    const keys = await protectionOf(this.#site.keys, this.#site.agent, run, plan.value);
    if (!keys.ok) return keys;
    const protection = { ...keys.value, carriedFor: signed.ok ? signed.value : undefined };
    // What is to stop needs nobody, if nothing of it runs.
    const looked =
      this.#stops.wanted === undefined
        ? await this.#hurry.unless(lookForTakers(link, plan.value, kept.carry))
        : succeed(undefined);
    const isNews = this.#again !== undefined || hasNotBegun;
    if (looked?.ok === false && !isNews) return looked;
    const begun = await this.#site.loading.through(async () => this.#begin(link, plan.value, protection));
    if (!begun.ok) return begun;
    // What it waits for stands in its events, once.
    if (looked?.ok === false) begun.value.abandon(looked.error);
    const unwatch = this.#signature.watch();
    const result = await begun.value.ended;
    unwatch();
    this.#submitted = undefined;
    return succeed(result);
  }

  async #notSignedForUs(why: string): Promise<Result<never, string>> {
    const { othersAlone } = this.#signature;
    if (othersAlone === undefined) return fail(why);
    const kept = await this.#options.forOthers(othersAlone);
    return fail(kept === undefined ? why : `${kept}: ${why}`);
  }

  async #begin(
    link: WorkerLink,
    plan: RunPlan,
    protection: Protection,
  ): Promise<Result<SubmittedRun, string>> {
    const past = await loadPast(this.#site.store, this.owned.run);
    if (!past.ok) return fail(past.error.reason);
    if (this.#over !== undefined) return fail("it is over here");
    const { journal, feed } = (this.#recalled ??= this.#recall(past.value));
    const stop = this.#stops.wanted;
    this.#stopDue = stop !== undefined;
    const { kept, secrets = {}, heldUntilMs } = this.#options;
    const submitted = submitHere({
      ...{ run: this.owned.run, plan, past: past.value, kept, secrets, link, protection, journal, feed },
      again: this.#again,
      by: this.#site.by,
      ownership: {
        epoch: this.owned.epoch,
        heldUntilMs: () => (this.#stopDue ? 0 : heldUntilMs()),
        // Nothing starts after the time for which its operator signed: it holds until that is signed anew. Of a run that
        // only ends, nothing does, as neither its operator's word nor its secrets need be here.
        startsUntilMs: () => (this.#onlyEnds ? 0 : this.#signature.untilMs),
      },
    });
    if (stop !== undefined) submitted.stop(stop.how, stop.reason);
    this.#submitted = submitted;
    this.#again = undefined;
    this.#waitsFor = undefined;
    return succeed(submitted);
  }

  async #plan(): Promise<Result<RunPlan, string>> {
    const { begin } = this.#options.kept;
    return begin === undefined ? loadPlan(this.#site.store, this.owned.run) : succeed(begin.plan);
  }

  /** What was told before this coordinator had it. */
  #recall(past: Past | undefined): Recalled {
    const events = past?.events ?? [];
    for (const event of events) this.#story.add(event);
    this.#noteStop(events);
    if (this.#again === undefined) this.#stops.recall(events);
    const { store, observer, log } = this.#site;
    const { run } = this.owned;
    const next = events.length + 1;
    const feed = new Feed(next);
    const journal = new StoreJournal({
      ...{ store, owned: this.owned, next, story: this.#story },
      onWritten: (first, written) => {
        this.#unwritten = undefined;
        observer.appended(written.length);
        feed.events(first, written);
        this.#written(written);
      },
      onLost: () => this.lost(),
      onAway: (reason) => {
        this.#unwritten = reason;
        log.warn("the store cannot be written", { run, reason });
      },
      onRefused: (reason) => {
        log.error("a run is left: the store takes nothing more of it", { run, reason });
        this.#end("unwritten", reason);
      },
    });
    return { journal, feed };
  }

  #written(events: readonly RunEvent[]): void {
    this.#waits.written(events);
    this.#noteStop(events);
    // There is nothing to tidy up.
    const slots = this.#options.kept.begin?.plan.slots.length ?? 0;
    if (this.#onlyEnds && events.some((event) => event.type === "slot.started" && event.slot > slots))
      this.#submitted?.stop("kill", this.#stops.wanted?.reason ?? "");
    if (!this.#stopDue || !events.some(({ type }) => type === "run.stopping")) return;
    this.#stopDue = false;
    this.renewed();
  }

  #noteStop(events: readonly RunEvent[]): void {
    for (const event of events)
      if (event.type === "run.stopping") this.#stopWritten = event.how;
      else if (event.type === "run.resumed") this.#stopWritten = undefined;
  }

  #missing({ secretParams = [] }: RunPlan): string | undefined {
    const { secrets = {} } = this.#options;
    const names = secretParams.filter((name) => secrets[name] === undefined);
    return names.length === 0
      ? undefined
      : `its secrets (${names.join(", ")}) are not here: stop it, and give them to rr-submit resume ${this.owned.run}`;
  }

  #cannotGoOn(reason: string): void {
    if (this.#waitsFor !== reason)
      this.#site.log[this.#signature.isChanged ? "error" : "warn"](
        "a run cannot go on now; it is tried again",
        { run: this.owned.run, reason },
      );
    this.#waitsFor = reason;
  }
}

function reasonOf(result: RunResult): string {
  return result.kind === "interrupted" ? result.reason : "";
}
