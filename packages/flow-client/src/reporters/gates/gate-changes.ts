import type { RunEvent } from "@roadrunner/core";
import type { AnswerKind } from "@roadrunner/engine/story";

type Answered = Extract<RunEvent, { type: "gate.answered" }>;

/** A gate that passes twice a minute for hours is told once: when its answer is of another kind than the one before. */
export class GateChanges {
  readonly #kinds = new Map<string, AnswerKind>();

  /** The kind before this answer; undefined: none was told. Absent where nothing changes. */
  take({ slot, job, gate, answer }: Answered): { readonly before: AnswerKind | undefined } | undefined {
    const name = `${slot}/${job}/${gate}`;
    const before = this.#kinds.get(name);
    if (before === answer) return undefined;
    this.#kinds.set(name, answer);
    return { before };
  }
}
