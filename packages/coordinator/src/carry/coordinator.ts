import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { defined, succeed, type Result, type RunPlan } from "@roadrunner/core";
import type { SignedText } from "@roadrunner/core/signing";
import { planDigest } from "@roadrunner/engine";
import type { Carriers, HandOver, Resume, SignedOf } from "@roadrunner/engine/api";
import { leftToDo } from "@roadrunner/engine/resume";
import { nothingLeft } from "@roadrunner/engine/words";
import type { KnownRun, Word } from "../store/store.ts";
import { CarriedRuns, moment } from "./carried-runs.ts";
import { claimedBy } from "./claimed-by.ts";
import { keptAgainText, keptText, USUAL_CARRY } from "./kept/kept-run.ts";
import { loadPast, loadPlanOf, type Past } from "./kept/load-run.ts";
import { ofStore, refuse, type Refusal } from "./refusal.ts";
import { runTimeFault } from "./run-time.ts";
import { sealSecrets, type Secrets } from "./kept/sealed-secrets.ts";
import { putAnew, reopenWith } from "./kept/put-anew.ts";
import { checkSigned, readSigned, type Signature } from "./kept/signed-runs.ts";
import type { CarrySite } from "./site.ts";

/** How long the owner of a run has for the answer to a word. */
const ANSWER_MS = 10_000;
const ASK_EVERY_MS = 200;

type Said = { readonly text: string; readonly done: boolean };

/** What this coordinator does when it is asked. */
export class Coordinator {
  readonly runs: CarriedRuns;
  readonly #site: CarrySite;

  constructor(site: CarrySite) {
    this.#site = site;
    this.runs = new CarriedRuns(site);
  }

  /**
   * Takes a run; it is in the store when this resolves. The same one once more, after an unclear end, is the same run.
   * @param principal who is logged in; absent: whoever owns the socket
   */
  async handOver(handOver: HandOver, principal?: string): Promise<Result<string, Refusal>> {
    const { run, plan, by, concurrent, secrets, carry, file, fileDigest, warnings } = handOver;
    const { store, log } = this.#site;
    const room = this.runs.room();
    if (!room.ok) return room;
    const wrongTime = runTimeFault(run, Date.now());
    if (wrongTime !== undefined) return this.#isThere(handOver, principal, wrongTime);
    const sealed = this.#seal(run, plan.secretParams ?? [], secrets);
    if (!sealed.ok) return sealed;
    const signed = await this.#checkSigned(run, plan, handOver.signed);
    if (!signed.ok) return signed;
    const kept = keptText(handOver);
    // The text of a large plan takes a moment to make, to write down and to begin with: others are answered in between.
    await nextTurn();
    const asked = moment();
    const accepted = await store.accept({
      ...{ run, flow: plan.name, by: `${by.who}@${by.where}`, handOver: kept, concurrent },
      ...defined({ secrets: sealed.value, signed: signed.value?.text, principal }),
    });
    await nextTurn();
    if (!accepted.ok) {
      if (accepted.error.kind === "isThere") return this.#isThere(handOver, principal);
      if (accepted.error.kind !== "flowRuns") return ofStore(accepted.error);
      return refuse(
        "flowRunsAlready",
        `the flow ${JSON.stringify(plan.name)} runs already: run ${accepted.error.run} is open; ` +
          "wait until it has ended, or give --concurrent to run it all the same",
      );
    }
    // Handed over twice at once: the store took both for the first.
    if (this.runs.get(run) !== undefined) return succeed(run);
    const whose = { by: `${by.who}@${by.where}`, ...defined({ principal }) };
    log.info("a run was handed over", { run, flow: plan.name, ...whose });
    this.runs.add(asked, {
      owned: accepted.value,
      kept: { by, carry, begin: { plan, file, fileDigest, warnings } },
      ...defined({ signature: signed.value }),
      ...(secrets === undefined ? {} : { secrets }),
    });
    return succeed(run);
  }

  /** Says a word to whoever carries the run, be it here or elsewhere. */
  async say(known: KnownRun, word: Pick<Word, "kind" | "job" | "by">): Promise<Result<Said, Refusal>> {
    const { store } = this.#site;
    const { run } = known;
    const carried = this.runs.get(run);
    if (carried !== undefined) return succeed(await carried.hear(word));
    if (!known.carried) return refuse("notCarried", notCarried(known));
    const said = await store.say({ run, ...word });
    if (!said.ok) return ofStore(said.error);
    for (const end = performance.now() + ANSWER_MS; performance.now() < end;) {
      const answer = await store.answerTo(said.value);
      if (!answer.ok) return ofStore(answer.error);
      if (answer.value !== undefined) return succeed(answer.value);
      await sleep(ASK_EVERY_MS);
    }
    return refuse(
      "notCarried",
      `the coordinator that carries run ${run} did not answer within ${ANSWER_MS / 1000} s; ` +
        "what was said to it stands, and is done by whoever carries the run next",
    );
  }

  /**
   * Goes on with a run that has ended, or that nobody carries. The value says it in a sentence.
   * @param principal who is logged in; absent: whoever owns the socket
   */
  async resume(known: KnownRun, request: Resume, principal?: string): Promise<Result<string, Refusal>> {
    const { store, log } = this.#site;
    const { run } = known;
    const room = this.runs.room();
    if (!room.ok) return room;
    if (known.carried)
      return refuse("flowRunsAlready", `run ${run} is being carried; rr-submit attach ${run} shows it`);
    const past = await loadPast(store, run);
    if (!past.ok) return ofStore(past.error);
    if (past.value === undefined)
      return refuse(
        "notCarried",
        `run ${run} has not begun; a coordinator begins it by itself within seconds`,
      );
    const left = leftToDo(past.value, request.retry);
    if (!left.ok) return refuse("nothingLeft", nothingLeft(run, left.error));
    return this.#goOn(past.value, request, principal, (text) => log.info(text, { run, by: request.by.who }));
  }

  /**
   * Takes the operator's word on the plan of a run that goes on, anew. The value says it in a sentence.
   * @param principal who is logged in; absent: whoever owns the socket
   */
  async sign(known: KnownRun, signed: SignedText, principal?: string): Promise<Result<Said, Refusal>> {
    const { store } = this.#site;
    const { run } = known;
    if (known.ended)
      return refuse("notCarried", `run ${run} has ended; rr-submit resume ${run} signs it, too`);
    const plan = await loadPlanOf(store, known);
    if (!plan.ok) return refuse("notCarried", `the plan of run ${run} cannot be read: ${plan.error}`);
    const checked = await this.#checkSigned(run, plan.value, signed);
    if (!checked.ok) return checked;
    if (checked.value === undefined) throw new Error("bug: what is signed is checked");
    const taken = await putAnew(store, run, checked.value.text);
    if (!taken.ok) return ofStore(taken.error);
    if (!taken.value) return refuse("notCarried", `run ${run} has ended by now`);
    this.#tellSigned(run, checked.value, principal);
    const carried = this.runs.get(run);
    if (carried !== undefined) return succeed(await carried.signedAnew(checked.value));
    if (!known.carried)
      return succeed({ done: true, text: "it is signed anew; whoever takes the run over goes on with that" });
    return this.say(known, { kind: "sign" });
  }

  /** What an operator signed of a run's plan last, as it came; and the plan of a run that has not begun: its events do not tell it. */
  async signed(known: KnownRun): Promise<Result<SignedOf, Refusal>> {
    const { store } = this.#site;
    const plans = await store.signedPlans(known.run);
    if (!plans.ok) return ofStore(plans.error);
    const { signed } = plans.value;
    const plan = known.events > 0 ? undefined : await loadPlanOf(store, known);
    if (plan?.ok === false)
      return refuse("storeFault", `the plan of run ${known.run} cannot be read: ${plan.error}`);
    return succeed(
      defined({ signed: signed === undefined ? undefined : readSigned(signed), plan: plan?.value }),
    );
  }

  async #goOn(
    { plan, started }: Past,
    { by, carry = USUAL_CARRY, retry, confirm, secrets, signed }: Resume,
    principal: string | undefined,
    tell: (text: string) => void,
  ): Promise<Result<string, Refusal>> {
    const { run } = started;
    const needed = plan.secretParams ?? [];
    const missing = needed.filter((name) => secrets?.[name] === undefined);
    if (missing.length > 0)
      return refuse(
        "needsSecrets",
        `run ${run} needs its secrets again: ${missing.join(", ")}\nGive each with --secret-file NAME=PATH, or where it is asked for.`,
      );
    const sealed = this.#seal(run, needed, secrets);
    if (!sealed.ok) return sealed;
    const signedNow = await this.#signedAgain(run, plan, signed);
    if (!signedNow.ok) return signedNow;
    const asked = moment();
    const kept = { by, carry };
    const confirmedBy = confirm ? (principal ?? claimedBy(by)) : undefined;
    const given = defined({ secrets: sealed.value, signed: signedNow.value?.text });
    const reopened = await reopenWith(this.#site.store, run, keptAgainText(kept), given);
    if (!reopened.ok) return ofStore(reopened.error);
    if (reopened.value === undefined)
      return refuse("flowRunsAlready", `run ${run} is being carried; rr-submit attach ${run} shows it`);
    tell("a run is gone on with");
    if (signedNow.value !== undefined) this.#tellSigned(run, signedNow.value, principal);
    this.runs.add(asked, {
      owned: { run, epoch: reopened.value.epoch },
      ...{ kept, again: { by, ...defined({ retry, confirmedBy }) } },
      ...defined({ signature: signedNow.value }),
      ...(secrets === undefined ? {} : { secrets }),
    });
    return succeed(`run ${run} goes on`);
  }

  #tellSigned(run: string, { plan }: Signature, principal: string | undefined): void {
    const until = new Date(plan.notAfterMs).toISOString();
    // Workers say whether the key may sign as that; here it is what the statement says.
    const claimed = plan.body.principal;
    this.#site.log.info("the plan of a run was signed anew", {
      ...{ run, ...defined({ principal, claimed }), key: plan.key, until },
    });
  }

  /** The keys of those who may come to carry a run of this store: an operator signs for all of them. */
  async carriers(): Promise<Result<Carriers["carriers"], Refusal>> {
    const { store, carrier } = this.#site;
    const known = await store.carriers();
    if (!known.ok) return ofStore(known.error);
    const prints = new Set([...(carrier === undefined ? [] : [carrier]), ...known.value]);
    return succeed([...prints].map((fingerprint) => ({ fingerprint, here: fingerprint === carrier })));
  }

  async #checkSigned(
    run: string,
    plan: RunPlan,
    signed: SignedText | undefined,
  ): Promise<Result<Signature | undefined, Refusal>> {
    const known = this.runs.get(run)?.signedPlans;
    return checkSigned(signed, { run, plan, carrier: this.#site.carrier, ...defined({ known }) });
  }

  /** Of a run that goes on again: there are attempts more than were signed, and who asks for them signs for them. */
  async #signedAgain(
    run: string,
    plan: RunPlan,
    signed: SignedText | undefined,
  ): Promise<Result<Signature | undefined, Refusal>> {
    if (signed !== undefined) return this.#checkSigned(run, plan, signed);
    const before = await this.#site.store.signedPlans(run);
    if (!before.ok) return ofStore(before.error);
    return before.value.signed === undefined
      ? succeed(undefined)
      : refuse(
          "badSignature",
          `the plan of run ${run} is signed by its operator, and whoever goes on with it signs it anew: give --sign-key`,
        );
  }

  /**
   * A run of this id is there: the same one handed over again, or another.
   * @param unlessThere why it is refused where none is there
   */
  async #isThere(
    { run, plan, by }: HandOver,
    principal: string | undefined,
    unlessThere?: string,
  ): Promise<Result<string, Refusal>> {
    const { store } = this.#site;
    const known = await store.run(run);
    if (!known.ok) return ofStore(known.error);
    if (known.value === undefined && unlessThere !== undefined) return refuse("badRequest", unlessThere);
    const first = await store.events(run, 1, 1);
    if (!first.ok) return ofStore(first.error);
    const event = first.value[0]?.event;
    const isSame =
      known.value?.flow === plan.name &&
      known.value.by === `${by.who}@${by.where}` &&
      known.value.principal === principal &&
      (event?.type !== "run.started" || event.digest === planDigest(plan));
    return isSame
      ? succeed(run)
      : refuse(
          "runIsThere",
          `another run has the id ${run} already; hand this one over once more, under a new id`,
        );
  }

  #seal(
    run: string,
    needed: readonly string[],
    secrets: Secrets | undefined,
  ): Result<string | undefined, Refusal> {
    if (needed.length === 0) return succeed(undefined);
    const missing = needed.filter((name) => secrets?.[name] === undefined);
    if (secrets === undefined || missing.length > 0)
      return refuse("needsSecrets", `the secrets of the flow did not come with it: ${missing.join(", ")}`);
    const sealed = sealSecrets(this.#site.poolKeys, run, secrets);
    return sealed === undefined
      ? refuse(
          "needsSecrets",
          `a secret (${needed.join(", ")}) is only sent sealed: nothing was sent\n` +
            "Give the workers and the coordinator a pool key (--pool-key-file), or run it by this box alone: --here --local.",
        )
      : succeed(sealed);
  }
}

function notCarried({ run, ended }: KnownRun): string {
  return ended
    ? `run ${run} has ended: rr-submit report ${run}`
    : `nobody carries run ${run} now; a coordinator takes it over within seconds`;
}
