import { lookup, Resolver as DnsResolver } from "node:dns/promises";
import { fail, succeed, type Result } from "@roadrunner/core";
import type { TransportProblem } from "../../transport/transport.ts";
import type { Deadline } from "./deadline.ts";
import { isAnswer, lookupProblem, unresolvedProblem } from "./dial-problem.ts";

export interface ResolverParts {
  /** By the box's own rules; 0 is any family. */
  lookup(name: string, family: 0 | 4 | 6): Promise<string[]>;
  /** Asks the resolver about these names and the root: whether it answers anything, be it a no. */
  answers(names: readonly string[]): Promise<boolean>;
}

/** How long the resolver is asked about something else before it is said not to answer. */
const CONTROL_MS = 1000;
const CONTROL_BOUND_MS = 2500;
/** Names that were answered and may be asked about again. */
const MAX_REMEMBERED = 50;
const ASKED_ABOUT = 3;

/**
 * Looks names up. One that gets no answer is the resolver's fault, and so this worker's, only if the resolver answers
 * for no other name either: a zone whose servers fail looks the same otherwise.
 */
export class Resolver {
  readonly #parts: ResolverParts;
  /** When a name was answered last, the newest at the end. */
  readonly #answered = new Map<string, number>();
  #asking: Promise<boolean> | undefined;

  constructor(parts: ResolverParts = SYSTEM) {
    this.#parts = parts;
  }

  async addresses(
    name: string,
    family: 0 | 4 | 6,
    deadline: Deadline,
  ): Promise<Result<string[], TransportProblem>> {
    const startedAt = performance.now();
    const looked = this.#parts.lookup(name, family).then(
      (found): Result<string[], TransportProblem> => {
        this.#note(name);
        return succeed(found);
      },
      async (error: unknown): Promise<Result<string[], TransportProblem>> => {
        if (isAnswer(error)) this.#note(name);
        return fail(
          lookupProblem(name, error, !isAnswer(error) && (await this.#answersOthers(name, startedAt))),
        );
      },
    );
    let isLate = false;
    const result = await deadline.bound(looked, () => {
      isLate = true;
      return unresolvedProblem(name, deadline.totalMs, false);
    });
    if (!isLate) return result;
    return fail(unresolvedProblem(name, deadline.totalMs, await this.#answersOthers(name, startedAt)));
  }

  #note(name: string): void {
    this.#answered.delete(name);
    this.#answered.set(name, performance.now());
    const [oldest] = this.#answered.keys();
    if (this.#answered.size > MAX_REMEMBERED && oldest !== undefined) this.#answered.delete(oldest);
  }

  async #answersOthers(name: string, since: number): Promise<boolean> {
    for (const [other, at] of this.#answered) if (other !== name && at >= since) return true;
    const others = Array.from(this.#answered.keys()).filter((other) => other !== name);
    this.#asking ??= this.#parts.answers(others.slice(-ASKED_ABOUT)).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }
}

const SYSTEM: ResolverParts = {
  async lookup(name, family) {
    const found = await lookup(name, { all: true, verbatim: true, family });
    return found.map(({ address }) => address);
  },
  // Not by lookup(): its few threads may all be waiting for names that nobody answers.
  answers(names) {
    const resolver = new DnsResolver({ timeout: CONTROL_MS, tries: 1 });
    const asked = [resolver.resolve(".", "NS"), ...names.map((name) => resolver.resolve4(name))];
    return new Promise((resolve) => {
      const settle = (answers: boolean) => {
        clearTimeout(timer);
        resolver.cancel();
        resolve(answers);
      };
      const timer = setTimeout(settle, CONTROL_BOUND_MS, false);
      let left = asked.length;
      const ended = (isAnswered: boolean) => {
        left -= 1;
        if (isAnswered || left === 0) settle(isAnswered);
      };
      for (const one of asked)
        one.then(
          () => ended(true),
          (error: unknown) => ended(isAnswer(error)),
        );
    });
  },
};
