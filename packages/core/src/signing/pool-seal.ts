import { randomBytes } from "node:crypto";
import { fail, succeed, type Result } from "../errors.ts";
import { defined } from "../optional-fields.ts";
import { MESSAGE_LIFE_MS } from "./time/limits.ts";
import type { MessageTime } from "./time/message-time.ts";
import type { PoolKey } from "./pool-keys.ts";
import { deriveKey, openText, readSealed, sealText, type Bound } from "./sealed-text.ts";

const SALT_BYTES = 16;
/** Workers that one submission may be given to, one after another. */
const MAX_SENDERS = 16;

/** For whom a message is. */
type To = Pick<Bound, "function" | "unique">;

/** Seals what goes to the workers of a pool and opens what comes from them, or the other way round. */
export class PoolSeal {
  readonly #keys: readonly [PoolKey, ...PoolKey[]];

  constructor(keys: readonly [PoolKey, ...PoolKey[]]) {
    this.#keys = keys;
  }

  /** The sealed message, until when it may be taken, and what opens its answers. */
  seal(
    to: To,
    text: string,
    nowMs: number,
  ): { readonly text: string; readonly notAfterMs: number; readonly answers: AnswerOpener } {
    const [key] = this.#keys;
    const sealer = new StreamSealer(key, { direction: "in", ...to, atMs: nowMs }, to.unique);
    return {
      text: sealer.last(text).trimEnd(),
      notAfterMs: nowMs + MESSAGE_LIFE_MS,
      answers: new AnswerOpener(key, { direction: "out", ...to }),
    };
  }

  /** What a message says, and what seals its answers; whether its time has come is asked elsewhere. The error is a sentence. */
  open(
    text: string,
    came: { readonly functionName: string; readonly unique: string },
  ): Result<OpenedSeal, string> {
    const sealed = readSealed(text);
    if (!sealed.ok) return fail(`it ${sealed.error}, and this worker takes only sealed messages`);
    const key = this.#keys.find(({ id }) => id === sealed.value.key);
    if (key === undefined)
      return fail(`it is sealed with the key ${sealed.value.key}, which this worker does not have`);
    // A job server without GRAB_JOB_UNIQ tells no unique; the one it was sealed for is what counts.
    const unique = came.unique === "" ? (sealed.value.unique ?? "") : came.unique;
    const to = { function: came.functionName, unique };
    const { salt, n, last, atMs } = sealed.value;
    if (atMs === undefined) return fail("it does not say when it was sealed");
    const opened = openText(deriveKey(key.bytes, salt, { direction: "in", ...to, atMs }), sealed.value);
    if (opened === undefined || n !== 0 || !last)
      return fail("it was altered, or sealed for another function or submission");
    return succeed({
      text: opened,
      identity: identityOf(salt),
      time: { issuedMs: atMs, notAfterMs: atMs + MESSAGE_LIFE_MS },
      answers: new StreamSealer(key, { direction: "out", ...to }),
    });
  }
}

export interface OpenedSeal {
  readonly text: string;
  /** No other message has it. */
  readonly identity: string;
  readonly time: MessageTime;
  readonly answers: StreamSealer;
}

/** Seals the texts of one stream, each at its position; each is one JSON line. */
export class StreamSealer {
  readonly #key: Buffer;
  readonly #fields: object;
  #n = 0;

  constructor(poolKey: PoolKey, bound: Bound, unique?: string) {
    const salt = randomBytes(SALT_BYTES).toString("base64");
    this.#key = deriveKey(poolKey.bytes, salt, bound);
    const { atMs } = bound;
    this.#fields = { key: poolKey.id, ...defined({ unique, atMs }), salt };
  }

  next(text: string): string {
    return this.#seal(text, false);
  }

  last(text: string): string {
    return this.#seal(text, true);
  }

  #seal(text: string, last: boolean): string {
    const at = { n: this.#n, last };
    this.#n += 1;
    const sealed = { ...this.#fields, ...at, data: sealText(this.#key, text, at) };
    return `${JSON.stringify({ v: 1, sealed })}\n`;
  }
}

export interface OpenedAnswer {
  readonly text: string;
  /** Texts of the stream before this one have not come. */
  readonly gap: boolean;
}

/** Opens the answers to one submission, each at most once and in their order. */
export class AnswerOpener {
  readonly #poolKey: PoolKey;
  readonly #bound: Bound;
  /** By salt, so by worker: a job server gives a lost worker's job to another. */
  readonly #senders = new Map<string, { readonly key: Buffer; next: number }>();

  constructor(poolKey: PoolKey, bound: Bound) {
    this.#poolKey = poolKey;
    this.#bound = bound;
  }

  /** @param last whether it is the outcome; the error completes "it …" */
  open(line: string, last: boolean): Result<OpenedAnswer, string> {
    const sealed = readSealed(line);
    if (!sealed.ok) return sealed;
    const { key, salt, n } = sealed.value;
    if (key !== this.#poolKey.id)
      return fail(`is sealed with the key ${key} and not with ${this.#poolKey.id}`);
    if (sealed.value.last !== last) return fail("came at the wrong position of its stream");
    const identity = identityOf(salt);
    const known = this.#senders.get(identity);
    const sender = known ?? { key: deriveKey(this.#poolKey.bytes, salt, this.#bound), next: 0 };
    const text = openText(sender.key, sealed.value);
    if (text === undefined) return fail("was altered, or sealed for another submission");
    if (n < sender.next) return fail("comes twice or out of order");
    if (known === undefined && this.#senders.size >= MAX_SENDERS)
      return fail("comes from more workers than one submission can have");
    const gap = n > sender.next;
    sender.next = n + 1;
    this.#senders.set(identity, sender);
    return succeed({ text, gap });
  }
}

/** Of a salt that came: its last character has bits that stand for nothing; written anew, each salt has one text. */
function identityOf(salt: string): string {
  return Buffer.from(salt, "base64").toString("base64");
}
