import type { HostBoot } from "@roadrunner/core";
import type { AskedBefore } from "../program/remote-task.ts";
import { TimeLimit } from "./time-limit.ts";

/**
 * What is known of a task from all its visits to the host, this worker's and those that came with the submission: what
 * one visit heard, the next one says.
 */
export class Heard {
  readonly limit = new TimeLimit();
  /** Said by whoever submitted it. */
  readonly #before: AskedBefore | undefined;
  #sentAt: { readonly monotonicMs: number; readonly wallMs: number } | undefined;
  #began: HostBoot | undefined;
  #boot: HostBoot | undefined;

  constructor(before: AskedBefore | undefined) {
    this.#before = before;
    this.#began = before?.began;
    this.#boot = before?.boot;
  }

  /** A program that may start the command is about to be sent. */
  sent(): void {
    this.#sentAt ??= { monotonicMs: performance.now(), wallMs: Date.now() };
  }

  /** The command was started, there. */
  noteBegan(boot: HostBoot): void {
    this.#began ??= boot;
  }

  /** Where it was started, if that was ever heard. */
  get began(): HostBoot | undefined {
    return this.#began;
  }

  /** The host has been the same since before anything was sent. */
  noteSame(boot: HostBoot): void {
    this.#boot = boot;
  }

  /** Whether only its submitter can tell since when it may have been started. */
  get wasAskedBefore(): boolean {
    return this.#before !== undefined;
  }

  /** Since something was sent first; the longer one, should a clock have stood still or been set. */
  get agoMs(): number {
    if (this.#sentAt === undefined) return 0;
    const { monotonicMs, wallMs } = this.#sentAt;
    return Math.max(performance.now() - monotonicMs, Date.now() - wallMs);
  }

  /** What the next program has to know. */
  get askedBefore(): AskedBefore | undefined {
    if (this.#before === undefined && this.#sentAt === undefined) return undefined;
    return {
      ...(this.#began === undefined ? {} : { began: this.#began }),
      ...(this.#boot === undefined ? {} : { boot: this.#boot }),
    };
  }
}
