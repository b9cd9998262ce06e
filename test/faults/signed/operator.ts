import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeKeys, type Keys } from "../../security/keys.ts";
import { refusalsIn } from "./refusals.ts";

/** Who signs a run, and workers that take nothing else and write down what they refuse. */
export class Operator {
  readonly submitArgs: readonly string[];
  readonly #keys: Keys = makeKeys();
  readonly #signers: string;
  readonly #logs = new Set<string>();

  constructor() {
    this.submitArgs = ["--sign-key", this.#keys.make("alice")];
    this.#signers = this.#keys.allow("allowed_signers", "alice");
  }

  workerArgs(index: number): readonly string[] {
    const log = join(this.#keys.path, `audit-worker${index}.log`);
    this.#logs.add(log);
    return ["--allowed-signers", this.#signers, "--audit-log", log];
  }

  wrongRefusals(): readonly string[] {
    return [...this.#logs].flatMap((log) => (existsSync(log) ? refusalsIn(readFileSync(log, "utf8")) : []));
  }

  remove(): void {
    this.#keys.remove();
  }
}
