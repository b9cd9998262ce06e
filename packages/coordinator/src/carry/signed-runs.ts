import { fail, succeed, type Result, type RunPlan } from "@roadrunner/core";
import { signedTextSchema, type SignedText } from "@roadrunner/core/signing";
import { CarriedPlan } from "@roadrunner/engine";
import type { Store } from "../store/store.ts";
import { refuse, type Refusal } from "./refusal.ts";
import type { CarrySite } from "./site.ts";

/** What an operator signed of a run, as it came: held against the plan and the key of this coordinator. */
export async function checkSigned(
  signed: SignedText | undefined,
  of: { readonly run: string; readonly plan: RunPlan; readonly carrier: string | undefined },
): Promise<Result<CarriedPlan | undefined, Refusal>> {
  if (signed === undefined) return succeed(undefined);
  const opened = await open(signed, of);
  return opened.ok ? opened : refuse("badSignature", opened.error);
}

/** The same of what the store has of a run; undefined: nobody signed it. The error says what to do. */
async function loadSigned(
  store: Store,
  of: { readonly run: string; readonly plan: RunPlan; readonly carrier: string | undefined },
): Promise<Result<CarriedPlan | undefined, string>> {
  const text = await store.signedPlan(of.run);
  if (!text.ok) return fail(text.error.reason);
  if (text.value === undefined) return succeed(undefined);
  const signed = readSigned(text.value);
  const opened = signed === undefined ? fail("its signed plan cannot be read") : await open(signed, of);
  return opened.ok ? opened : fail(`${opened.error}; ${signAgain(of.run)}`);
}

function signAgain(run: string): string {
  return `sign it anew: rr-submit sign ${run}`;
}

/** What an operator signed of a run that is carried here; that may be signed anew. */
export class HeldSignature {
  readonly #site: Pick<CarrySite, "store" | "carrier" | "loading">;
  readonly #run: string;
  #plan: CarriedPlan | undefined;

  constructor(site: Pick<CarrySite, "store" | "carrier" | "loading">, run: string) {
    this.#site = site;
    this.#run = run;
  }

  /** Undefined: nobody signed it, or it was not loaded yet. */
  get plan(): CarriedPlan | undefined {
    return this.#plan;
  }

  /** As the store has it now. The error says what to do. */
  async load(plan: RunPlan): Promise<Result<CarriedPlan | undefined, string>> {
    const { store, carrier, loading } = this.#site;
    const of = { run: this.#run, plan, carrier };
    // A large plan's tree takes a second to make.
    const loaded = await loading.through(async () => loadSigned(store, of));
    if (!loaded.ok || loaded.value === undefined) return loaded;
    if (this.#plan === undefined) this.#plan = loaded.value;
    else this.#plan.replaceWith(loaded.value);
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
