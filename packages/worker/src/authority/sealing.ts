import { defined, fail, succeed, type Result } from "@roadrunner/core";
import { CheckedFile } from "@roadrunner/core/files";
import { claimedIn, parsePoolKeys, PoolSeal } from "@roadrunner/core/signing";
import type { GivenMessage } from "./authority.ts";
import { FreshMessages, lateFault } from "./fresh-messages.ts";
import type { Refusal } from "./refusal.ts";

/** How what a job answers goes on its way: sealed, or as it is. */
export interface Answers {
  next(line: string): string;
  last(text: string): string;
}

const PLAIN: Answers = { next: (line) => line, last: (text) => text };

export interface OpenedMessage {
  readonly text: Result<string, Refusal>;
  readonly answers: Answers;
}

/** Base64, and what stands around it. */
export function sealedLength(bytes: number): number {
  return Math.ceil(bytes / 3) * 4 + 1024;
}

/** Who has the key of a pool is nobody in particular. */
const OF_THE_POOL = { root: "", sender: "" };
const tooMany = (): Refusal => ({
  reason: "too many submissions to tell a replay from a new one",
  blame: "worker",
});

/**
 * Opens what was sealed for this pool, each message once and within its time, and takes nothing else; the file is read
 * again as soon as it has changed. What has to be signed as well is remembered by its signature alone: there it is known
 * whose it is, so that whoever has the key of the pool cannot fill the memory for all.
 */
export class Sealing {
  readonly #file: CheckedFile<PoolSeal>;
  /** Absent: what is sealed is signed, too. */
  readonly #fresh: FreshMessages | undefined;

  private constructor(path: string, isSigned: boolean) {
    this.#file = CheckedFile.ofText(path, readSeal, "secret");
    this.#fresh = isSigned ? undefined : new FreshMessages();
  }

  /** @param isSigned whether nothing is acted upon that is not signed as well */
  static open(path: string, isSigned: boolean): Result<Sealing, readonly string[]> {
    const sealing = new Sealing(path, isSigned);
    const seal = sealing.#file.get();
    return seal.ok ? succeed(sealing) : seal;
  }

  message(message: GivenMessage, nowMs: number): OpenedMessage {
    const seal = this.#file.get();
    if (!seal.ok) return refused(`cannot open what is sealed: ${seal.error[0]}`, "worker");
    const opened = seal.value.open(message.text, message);
    if (!opened.ok) return refused(opened.error, "submission");
    const { text, answers, identity, time } = opened.value;
    const notFresh =
      this.#fresh === undefined
        ? lateFault(time, nowMs)
        : this.#fresh.take({ identity, time, from: OF_THE_POOL, tooMany }, nowMs);
    if (notFresh === undefined) return { text: succeed(text), answers };
    return { text: fail({ ...notFresh, ...defined({ claimed: claimedIn(text) }) }), answers };
  }
}

/** Without sealing: the message as it is. */
export function plainMessage({ text }: GivenMessage): OpenedMessage {
  return { text: succeed(text), answers: PLAIN };
}

/** Whoever cannot seal could not open the answer either. */
function refused(reason: string, blame: Refusal["blame"]): OpenedMessage {
  return { text: fail({ reason, blame }), answers: PLAIN };
}

function readSeal(text: string): Result<PoolSeal, readonly string[]> {
  const keys = parsePoolKeys(text);
  return keys.ok ? succeed(new PoolSeal(keys.value)) : keys;
}
