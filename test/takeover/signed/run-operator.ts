import { join } from "node:path";
import type { RunPlan } from "@roadrunner/core";
import { fingerprintOf, planBodyOf, readSignature, type SignedText } from "@roadrunner/core/signing";
import { signForCarriers } from "@roadrunner/engine";
import { startSubmit } from "../../support/processes.ts";
import type { SpokenWord } from "../seen/check-authority.ts";
import type { DrawnWords } from "./drawn-words.ts";
import { OPERATORS, type OperatorName, type Operators } from "./operators.ts";

/** An rr-submit that a suspended coordinator keeps waiting is ended, and another one is asked. */
const SIGN_MS = 20_000;
/** So long a second operator waits for the end of what was begun, where he has to; then the first one signs again. */
const PATIENCE_MS = 15_000;

/** A coordinator's row of a run, as far as it matters here. */
interface Row {
  readonly reason?: string;
}

export interface RunOperatorOptions {
  readonly operators: Operators;
  readonly drawn: DrawnWords;
  readonly run: string;
  readonly plan: RunPlan;
  /** A folder of the site. */
  readonly dir: string;
  /** By run: the coordinator for whose key it was not signed. */
  readonly leftOut: Map<string, number>;
  /** What a coordinator keeps of what was signed of the run; undefined: it does not say. */
  readonly keptWord: () => Promise<SignedText | undefined>;
  /** Whether something runs, or may run, that was begun. */
  readonly isBusy: () => Promise<boolean>;
}

/** Signs a run, and signs it anew with rr-submit when a coordinator says that it holds for that. */
export class RunOperator {
  /** What was signed, the newest last. */
  readonly words: SpokenWord<OperatorName>[] = [];
  readonly problems: string[] = [];
  /** What rr-submit sign said last. */
  said = "";
  readonly #options: RunOperatorOptions;
  #noticedMs: number | undefined;

  constructor(options: RunOperatorOptions) {
    this.#options = options;
  }

  /** Whether that coordinator's key is in no word so far. */
  isLeftOut(coordinator: number): boolean {
    return this.words.length <= 1 && this.#options.drawn.leftOut === coordinator;
  }

  /** The word with which it is handed over. */
  async first(): Promise<SignedText> {
    const { operators, drawn, run, plan } = this.#options;
    const carriers = operators.carriers.filter((_, index) => index !== drawn.leftOut);
    const of = { run, plan, pastAttempts: 0, carriers, lifeMs: drawn.lifeMs };
    const made = await signForCarriers(operators.keyOf(drawn.first), of);
    if (!made.ok) throw new Error(made.error);
    this.#spoken(made.value);
    if (drawn.leftOut !== undefined) this.#options.leftOut.set(run, drawn.leftOut);
    return made.value;
  }

  /** Signs anew where the coordinator with this socket shows that it is to be. */
  async look({ reason = "" }: Row, socket: string): Promise<void> {
    // Only whoever carries it shows that.
    if (!reason.includes("sign it anew: rr-submit sign")) return;
    this.#noticedMs ??= performance.now();
    const { drawn, operators, isBusy } = this.#options;
    const waitedMs = performance.now() - this.#noticedMs;
    if (waitedMs < drawn.noticedAfterMs) return;
    const last = this.words.at(-1)?.by ?? drawn.first;
    const { by, lifeMs } = drawn.anew[this.words.length - 1] ?? drawn.anew.at(-1) ?? { by: last, lifeMs: 0 };
    // Whoever takes it over asks about what was begun by the word by which that was, if it lets him.
    const lets = this.words.every(({ body }) => body.carriers.length === operators.carriers.length);
    if (by === last || lets || !(await isBusy())) return this.#sign(by, lifeMs, socket);
    if (waitedMs > PATIENCE_MS) return this.#sign(last, lifeMs, socket);
  }

  async #sign(by: OperatorName, lifeMs: number, socket: string): Promise<void> {
    const { operators, run, dir, keptWord } = this.#options;
    const last = this.words.at(-1)?.by ?? by;
    const submit = startSubmit(
      [
        ...["sign", run, "--sign-key", operators.fileOf(by), "--max-run-time", `${lifeMs / 1000}s`],
        ...(last === by ? [] : ["--signed-by", operators.printOf(last)]),
      ],
      { home: join(dir, `operator-${by}`), env: { RR_COORDINATOR: `unix:${socket}` } },
    );
    const late = setTimeout(() => submit.signal("SIGKILL"), SIGN_MS);
    const { code } = await submit.exited;
    clearTimeout(late);
    this.said = `rr-submit sign ended with ${code ?? "a signal"}: ${submit.stderr().slice(-600)}`;
    // Whoever did not hear the answer has signed it all the same, as the store says.
    const kept = await keptWord();
    if (kept !== undefined) this.#spoken(kept);
    if (this.words.length > 1) this.#options.leftOut.delete(run);
    if (code === 0) this.#noticedMs = undefined;
    else if (/: --|tampered|was signed by another key|is not signed anew/.test(this.said))
      this.problems.push(`sign: ${run}: ${this.said}`);
  }

  #spoken(signed: SignedText): void {
    const [body, signature] = [planBodyOf(signed), readSignature(signed.signature)];
    if (body === undefined || !signature.ok) throw new Error("the word of a run cannot be read");
    if (this.words.some((word) => word.text === signed.body)) return;
    const key = fingerprintOf(signature.value.key.blob);
    const by = OPERATORS.find((name) => this.#options.operators.printOf(name) === key);
    if (by === undefined) throw new Error(`${key} is no operator's key`);
    this.words.push({ by, key, body, text: signed.body });
  }
}
