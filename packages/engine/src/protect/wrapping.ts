import { defined, succeed, type GateRef, type Result, type TaskRef } from "@roadrunner/core";
import type { MessageKind, OpenedAnswer, PoolSeal } from "@roadrunner/core/signing";
import type { CarriedFor } from "./carried-for.ts";
import type { RunSigner } from "./run-signer.ts";

/** A message as it is sent, and how its answers are read. */
export interface Wrapped {
  readonly text: string;
  /** Until when it may be taken, wall clock; absent where it is neither signed nor sealed. */
  readonly takenUntilMs?: number;
  /** @param last whether it is the outcome; the error completes "it …" */
  open(answer: string, last: boolean): Result<OpenedAnswer, string>;
}

/** Signs and seals what goes to workers, as far as that is wanted: first signed, then sealed. */
export class Wrapping {
  readonly #signer: RunSigner | undefined;
  readonly #seal: PoolSeal | undefined;
  readonly #carriedFor: CarriedFor | undefined;

  constructor(signer: RunSigner | undefined, seal: PoolSeal | undefined, carriedFor?: CarriedFor) {
    this.#signer = signer;
    this.#seal = seal;
    this.#carriedFor = carriedFor;
  }

  /** By whose words workers can be asked: the one that counts now comes first; undefined: by nobody's but our own. */
  get operators(): readonly (string | undefined)[] {
    return this.#carriedFor?.operators ?? [undefined];
  }

  /** Whether nothing starts any more by this one's word. */
  isOver(operator: string | undefined): boolean {
    return this.#carriedFor?.isOver(operator) ?? false;
  }

  /**
   * @param subject what it is about; absent: a control message
   * @param operator by whose word; absent: by that of the one that counts now
   */
  wrap(
    kind: MessageKind,
    to: { readonly function: string; readonly unique: string },
    body: string,
    subject?: TaskRef | GateRef,
    operator?: string,
  ): Wrapped {
    const signed = this.#signer?.sign(kind, to, body, this.#carriedFor?.planned(subject, operator));
    const sealed = this.#seal?.seal(to, signed?.text ?? body, Date.now());
    const until = defined({ takenUntilMs: signed?.notAfterMs ?? sealed?.notAfterMs });
    if (sealed === undefined) return { text: signed?.text ?? body, ...until, open: asItIs };
    return { text: sealed.text, ...until, open: (answer, last) => sealed.answers.open(answer, last) };
  }
}

function asItIs(text: string): Result<OpenedAnswer, string> {
  return succeed({ text, gap: false });
}
