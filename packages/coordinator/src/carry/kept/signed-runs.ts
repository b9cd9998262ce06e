import { fail, succeed, type Result, type RunPlan } from "@roadrunner/core";
import { signedTextSchema, type SignedText } from "@roadrunner/core/signing";
import { CarriedPlan } from "@roadrunner/engine";
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
    : refuse("badSignature", opened.error);
}

function signAgain(run: string): string {
  return `sign it anew: rr-submit sign ${run}`;
}

/** What an operator signed of a run that is carried here; that may be signed anew. */
export class HeldSignature {
  readonly #site: Pick<CarrySite, "store" | "carrier" | "loading">;
  readonly #run: string;
  #text: string | undefined;
  #plan: CarriedPlan | undefined;

  /** @param known as it was handed over */
  constructor(
    site: Pick<CarrySite, "store" | "carrier" | "loading">,
    run: string,
    known: Signature | undefined,
  ) {
    this.#site = site;
    this.#run = run;
    this.#text = known?.text;
    this.#plan = known?.plan;
  }

  /** Undefined: nobody signed it, or it was not loaded yet. */
  get plan(): CarriedPlan | undefined {
    return this.#plan;
  }

  /** As the store has it now. The error says what to do. */
  async load(plan: RunPlan): Promise<Result<CarriedPlan | undefined, string>> {
    const { store, carrier, loading } = this.#site;
    const text = await store.signedPlan(this.#run);
    if (!text.ok) return fail(text.error.reason);
    if (text.value === undefined || text.value === this.#text) return succeed(this.#plan);
    const signed = readSigned(text.value);
    if (signed === undefined) return fail(`its signed plan cannot be read; ${signAgain(this.#run)}`);
    // A large plan's tree takes a second to make.
    const opened = await loading.through(async () => open(signed, { run: this.#run, plan, carrier }));
    if (!opened.ok) return fail(`${opened.error}; ${signAgain(this.#run)}`);
    this.#text = text.value;
    if (this.#plan === undefined) this.#plan = opened.value;
    else this.#plan.replaceWith(opened.value);
    return succeed(this.#plan);
  }

  /** Until when tasks start by it, milliseconds since the epoch. */
  get untilMs(): number {
    return this.#plan?.notAfterMs ?? Infinity;
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
  {
    run,
    plan,
    carrier,
  }: { readonly run: string; readonly plan: RunPlan; readonly carrier: string | undefined },
): Promise<Result<CarriedPlan, string>> {
  if (carrier === undefined)
    return fail(
      "the plan is signed for whoever carries it, and this coordinator has no key of its own (--sign-key)",
    );
  const opened = await CarriedPlan.open(signed, { run, plan, carrier });
  return opened.ok ? opened : fail(`its signed plan ${opened.error}`);
}

/** Undefined: it cannot be read. */
export function readSigned(text: string): SignedText | undefined {
  try {
    return signedTextSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
