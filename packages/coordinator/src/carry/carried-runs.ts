import { setTimeout as sleep } from "node:timers/promises";
import { defined, succeed, type Result } from "@roadrunner/core";
import type { SignedText } from "@roadrunner/core/signing";
import type { Owned, TakenOver, Word } from "../store/store.ts";
import { CarriedRun, type CarriedRunOptions } from "./run/carried-run.ts";
import { readKept } from "./kept/kept-run.ts";
import { heldUntilMs, nextTurn, type Moment } from "./lease.ts";
import { LeftToPeers } from "./left-to-peers.ts";
import { refuse, type Refusal } from "./refusal.ts";
import { openSecrets, type Secrets } from "./kept/sealed-secrets.ts";
import type { CarrySite } from "./site.ts";

/** Runs that are carried at once. */
export const MOST_CARRIED = 500;
const LOOK_FOR_WORDS_MS = 1000;

/** The runs that this coordinator owns, their leases, and what others say to them through the store. */
export class CarriedRuns {
  readonly #site: CarrySite;
  readonly #runs = new Map<string, CarriedRun>();
  /** When the leases that are held were asked for. */
  readonly #asked = new Map<string, Moment>();
  readonly #peers: LeftToPeers;
  readonly #leave = new AbortController();
  #renewedMs = Number.NEGATIVE_INFINITY;
  #claimedMs = Number.NEGATIVE_INFINITY;
  #answered = true;
  /** Why the store does not answer. */
  #fault: string | undefined;
  #loops: readonly Promise<void>[] = [];

  constructor(site: CarrySite) {
    this.#site = site;
    this.#peers = new LeftToPeers(site);
  }

  start(): void {
    this.#loops = [this.#keepLeases(), this.#hearWords()];
  }

  get size(): number {
    return this.#runs.size;
  }

  get watchers(): number {
    let watchers = 0;
    for (const { feed } of this.#runs.values()) watchers += feed?.watchers ?? 0;
    return watchers;
  }

  get isLeaving(): boolean {
    return this.#leave.signal.aborted;
  }

  /** Why this coordinator cannot do its work now; absent: it can. */
  get fault(): string | undefined {
    if (this.#fault !== undefined) return this.#fault;
    // A full disk takes no events, and answers all else.
    for (const { unwritten } of this.#runs.values()) if (unwritten !== undefined) return unwritten;
    return undefined;
  }

  get(run: string): CarriedRun | undefined {
    return this.#runs.get(run);
  }

  /** Whether there is room for one more; the error says why not. */
  room(): Result<void, Refusal> {
    if (this.isLeaving)
      return refuse("storeFault", "this coordinator leaves and takes nothing new; try again in a moment");
    return this.#runs.size < MOST_CARRIED
      ? succeed(undefined)
      : refuse(
          "storeFault",
          `this coordinator carries ${MOST_CARRIED} runs, as many as it can; wait until one of them has ended`,
        );
  }

  /** @param asked when what made it ours was asked for */
  add(asked: Moment, options: Omit<CarriedRunOptions, "heldUntilMs" | "forOthers">): void {
    const { run } = options.owned;
    if (this.isLeaving) {
      void this.#site.store.release(options.owned);
      return;
    }
    this.#asked.set(run, asked);
    const carried: CarriedRun = new CarriedRun(this.#site, {
      ...options,
      heldUntilMs: () => this.#heldUntilMs(run),
      forOthers: async (signed) => this.#forOthers(carried, signed),
    });
    this.#runs.set(run, carried);
    void carried.over.then((over) => {
      if (this.#runs.get(run) === carried) {
        this.#runs.delete(run);
        this.#asked.delete(run);
      }
      this.#site.log.info("a run is carried here no longer", { run, why: over });
    });
  }

  /** Leaves all runs open, and lets others take them over at once. */
  async leave(reason: string): Promise<void> {
    this.#leave.abort();
    await this.#leaveAll(reason);
    await Promise.all(this.#loops);
    // Those that were being taken over.
    await this.#leaveAll(reason);
  }

  async #leaveAll(reason: string): Promise<void> {
    await Promise.all(
      [...this.#runs.values()].map(async (carried) => {
        await carried.leave(reason);
        await this.#site.store.release(carried.owned);
      }),
    );
  }

  /** Why a run that only others were signed for is kept here; undefined: it is not, and one of them takes it. */
  async #forOthers(carried: CarriedRun, signed: SignedText): Promise<string | undefined> {
    const decided = await this.#peers.decide(carried.owned.run, signed, performance.now());
    if (decided !== "leave") return decided.stay;
    void this.#letGo(carried);
    return undefined;
  }

  async #letGo(carried: CarriedRun): Promise<void> {
    await carried.leave("a coordinator that its operator signed for carries it on");
    const { store } = this.#site;
    const { run } = carried.owned;
    const { unwrittenStop: stop } = carried;
    // Whoever takes it is told.
    if (stop !== undefined)
      await store.say({ run, kind: stop.how === "kill" ? "kill" : "stop", ...defined({ by: stop.by }) });
    await store.release(carried.owned);
  }

  #heldUntilMs(run: string): number {
    const asked = this.#asked.get(run);
    return asked === undefined ? 0 : heldUntilMs(asked, moment());
  }

  async #keepLeases(): Promise<void> {
    while (!this.isLeaving) {
      const turn = nextTurn(
        {
          renewedMs: this.#renewedMs,
          answered: this.#answered,
          claimedMs: this.#claimedMs,
          carried: this.#runs.size,
          most: MOST_CARRIED,
        },
        performance.now(),
      );
      if (turn.kind === "renew") await this.#renew();
      else if (turn.kind === "claim") await this.#claim(turn.limit);
      else await this.#wait(turn.ms);
    }
  }

  async #renew(): Promise<void> {
    const runs = [...this.#runs.values()];
    const asked = moment();
    this.#renewedMs = asked.steadyMs;
    const renewed = await this.#site.store.renew(runs.map(({ owned }) => owned));
    this.#answered = renewed.ok;
    this.#tellFault(renewed.ok ? undefined : renewed.error.reason);
    if (!renewed.ok) return;
    const kept = new Set(renewed.value.map(keyOf));
    for (const carried of runs)
      if (!kept.has(keyOf(carried.owned))) carried.lost();
      else if (this.#runs.get(carried.owned.run) === carried) {
        this.#asked.set(carried.owned.run, asked);
        carried.renewed();
      }
  }

  async #claim(limit: number): Promise<void> {
    const asked = moment();
    this.#claimedMs = asked.steadyMs;
    const claimed = await this.#site.store.claim(limit, this.#peers.notNow(asked.steadyMs));
    this.#tellFault(claimed.ok ? undefined : claimed.error.reason);
    if (!claimed.ok) return;
    for (const taken of claimed.value) await this.#takeOver(asked, taken);
    // As many as were asked for: there may be more.
    if (claimed.value.length === limit) this.#claimedMs = Number.NEGATIVE_INFINITY;
  }

  async #takeOver(asked: Moment, taken: TakenOver): Promise<void> {
    const { log, observer, store } = this.#site;
    const { run, epoch } = taken;
    observer.epochTaken();
    // It was ours, and the store was away for so long that its lease ended: what goes on here goes on no more.
    const before = this.#runs.get(run);
    if (before !== undefined) {
      before.lost();
      await before.over;
    }
    const known = await store.run(run);
    const kept = known.ok
      ? readKept(taken.handOver, (known.value?.events ?? 0) > 0)
      : ({ ok: false, error: known.error.reason } as const);
    if (!kept.ok) {
      // Its lease ends, and it is tried again.
      log.error("a run cannot be taken over", { run, reason: kept.error });
      return;
    }
    const secrets = this.openSecrets(taken);
    log.info("a run is taken over", { run, epoch });
    this.add(asked, {
      owned: { run, epoch },
      kept: kept.value,
      ...(secrets === undefined ? {} : { secrets }),
    });
  }

  openSecrets({ run, secrets }: Pick<TakenOver, "run" | "secrets">): Secrets | undefined {
    if (secrets === undefined) return undefined;
    const opened = openSecrets(this.#site.poolKeys, run, secrets);
    if (opened.ok) return opened.value;
    this.#site.log.error("the secrets of a run cannot be opened", { run, reason: opened.error });
    return undefined;
  }

  async #hearWords(): Promise<void> {
    while (!this.isLeaving) {
      await this.#wait(LOOK_FOR_WORDS_MS);
      if (this.#runs.size === 0 || this.isLeaving) continue;
      const words = await this.#site.store.words();
      if (!words.ok) continue;
      await Promise.all(words.value.map(async (word) => this.#answer(word)));
    }
  }

  async #answer(word: Word): Promise<void> {
    const carried = this.#runs.get(word.run);
    if (carried === undefined) return;
    const { text, done } = await carried.hear(word);
    await this.#site.store.answer(word.id, text, done);
  }

  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#leave.signal }).catch(() => undefined);
  }

  #tellFault(reason: string | undefined): void {
    if (reason !== undefined && this.#fault === undefined)
      this.#site.log.warn("the store does not answer; it is asked again", { reason });
    if (reason === undefined && this.#fault !== undefined) this.#site.log.info("the store answers again");
    this.#fault = reason;
  }
}

export function moment(): Moment {
  return { wallMs: Date.now(), steadyMs: performance.now() };
}

function keyOf({ run, epoch }: Owned): string {
  return `${run}/${epoch}`;
}
