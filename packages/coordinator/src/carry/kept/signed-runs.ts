import { fail, succeed, type Result, type RunPlan } from "@roadrunner/core";
import { planBodyOf, signedTextSchema, type SignedText } from "@roadrunner/core/signing";
import { CarriedPlan, CarriedPlans, type CarriedFault } from "@roadrunner/engine";
import type { SignedPlans } from "../../store/logins.ts";
import { refuse, type Refusal } from "../refusal.ts";
import type { CarrySite } from "../site.ts";

/** What an operator signed of a run: as the store has it, and what was made of it. */
export interface Signature {
  readonly text: string;
  readonly plan: CarriedPlan;
}

interface OfRun {
  readonly run: string;
  readonly plan: RunPlan;
  /** Of the key that this coordinator signs with. */
  readonly carrier: string | undefined;
  /** What is held of the run already: what was made of that need not be made again. */
  readonly known?: readonly CarriedPlan[];
}

/** What an operator signed of a run, as it came: held against the plan and the key of this coordinator. */
export async function checkSigned(
  signed: SignedText | undefined,
  of: OfRun,
): Promise<Result<Signature | undefined, Refusal>> {
  if (signed === undefined) return succeed(undefined);
  const opened = await open(signed, of);
  return opened.ok
    ? succeed({ text: JSON.stringify(signed), plan: opened.value })
    : refuse("badSignature", opened.error.reason);
}

/** What no operator signed is not to be signed: whoever changed the store would have that. */
function cureOf({ isChanged }: CarriedFault, run: string): string {
  return isChanged
    ? "what the store has of the run was changed, its plan or what was signed of it: " +
        `look at the coordinator's box and its store, stop the run (rr-submit stop ${run}), and run the flow as a new run`
    : signAgain(run);
}

function signAgain(run: string): string {
  return `sign it anew: rr-submit sign ${run}`;
}

type Site = Pick<CarrySite, "store" | "carrier" | "loading" | "log">;

/** What operators signed of a run that is carried here; that may be signed anew. */
export class HeldSignature {
  readonly #site: Site;
  readonly #run: string;
  /** It was held against the plan just now. */
  #checked: Signature | undefined;
  /** As it was loaded last. */
  #text: string | undefined;
  #plans: CarriedPlans | undefined;
  #othersAlone: SignedText | undefined;
  #isChanged = false;
  #told: string | undefined;

  /** @param checked as it was handed over */
  constructor(site: Site, run: string, checked: Signature | undefined) {
    this.#site = site;
    this.#run = run;
    this.#checked = checked;
  }

  /** It was held against the plan, and is in the store: it need not be read from there. */
  willBe(checked: Signature): void {
    this.#checked = checked;
  }

  /** Undefined: nobody signed it, or it was not loaded yet. */
  get plans(): CarriedPlans | undefined {
    return this.#plans;
  }

  /** What its operator signed for other keys than this coordinator's alone, as it was found last. */
  get othersAlone(): SignedText | undefined {
    return this.#othersAlone;
  }

  /** What was found last is nothing that an operator signed of this run. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  /** As the store has it now. The error says what to do. */
  async load(plan: RunPlan): Promise<Result<CarriedPlans | undefined, string>> {
    const { store, loading } = this.#site;
    this.#isChanged = false;
    const kept = await store.signedPlans(this.#run);
    if (!kept.ok) return fail(kept.error.reason);
    const text = JSON.stringify(kept.value);
    if (kept.value.signed === undefined || text === this.#text) return succeed(this.#plans);
    // A large plan's tree takes a second to make.
    const opened = await loading.through(async () => this.#open(kept.value, plan));
    this.#othersAlone = opened.ok ? undefined : this.#forOthersAlone(kept.value.signed);
    if (!opened.ok) {
      this.#isChanged = opened.error.isChanged;
      return fail(`${opened.error.reason}; ${cureOf(opened.error, this.#run)}`);
    }
    this.#text = text;
    this.#checked = undefined;
    if (this.#plans === undefined) this.#plans = new CarriedPlans(opened.value);
    else this.#plans.replaceWith(opened.value);
    return succeed(this.#plans);
  }

  async #open(
    { signed = "", before }: SignedPlans,
    plan: RunPlan,
  ): Promise<Result<readonly [CarriedPlan, ...CarriedPlan[]], CarriedFault>> {
    const known = [...(this.#plans?.all ?? [])];
    const now = await this.#one(signed, plan, known);
    if (!now.ok) return now;
    const earlier: CarriedPlan[] = [];
    for (const text of before) {
      const one = await this.#one(text, plan, [now.value, ...earlier, ...known]);
      if (one.ok) earlier.push(one.value);
      else
        this.#site.log[one.error.isChanged ? "error" : "warn"](
          "what was begun by an earlier signature cannot be ended or asked about here",
          { run: this.#run, reason: one.error.reason },
        );
    }
    return succeed([now.value, ...earlier]);
  }

  #forOthersAlone(text: string): SignedText | undefined {
    const { carrier } = this.#site;
    const signed = readSigned(text);
    const body = signed && planBodyOf(signed);
    if (body === undefined || body.run !== this.#run || carrier === undefined) return undefined;
    return body.carriers.includes(carrier) ? undefined : signed;
  }

  async #one(
    text: string,
    plan: RunPlan,
    known: readonly CarriedPlan[],
  ): Promise<Result<CarriedPlan, CarriedFault>> {
    if (this.#checked?.text === text) return succeed(this.#checked.plan);
    const signed = readSigned(text);
    if (signed === undefined) return fault("its signed plan cannot be read", true);
    return open(signed, { run: this.#run, plan, carrier: this.#site.carrier, known });
  }

  /** Until when tasks start by it, milliseconds since the epoch. */
  get untilMs(): number {
    return this.#plans?.notAfterMs ?? Infinity;
  }

  /** Has the log tell that the time is over for which it was signed, once for each that was; ends with a call of what is given back. */
  watch(): () => void {
    const tell = (): void => {
      const reason = this.over;
      if (reason === undefined || reason === this.#told) return;
      this.#told = reason;
      this.#site.log.warn("a run holds", { run: this.#run, reason });
    };
    return this.#plans?.watch(tell) ?? (() => undefined);
  }

  /** Why nothing more starts; undefined: it does. */
  get over(): string | undefined {
    if (Date.now() < this.untilMs) return undefined;
    const until = new Date(this.untilMs).toISOString();
    return `it holds since ${until}, until when its operator signed its plan; ${signAgain(this.#run)}`;
  }
}

async function open(
  signed: SignedText,
  { run, plan, carrier, known = [] }: OfRun,
): Promise<Result<CarriedPlan, CarriedFault>> {
  if (carrier === undefined)
    return fault(
      "the plan is signed for whoever carries it, and this coordinator has no key of its own (--sign-key)",
      false,
    );
  return CarriedPlan.open(signed, { run, plan, carrier, known });
}

function fault(reason: string, isChanged: boolean): Result<never, CarriedFault> {
  return { ok: false, error: { reason, isChanged } };
}

/** Undefined: it cannot be read. */
export function readSigned(text: string): SignedText | undefined {
  try {
    return signedTextSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
