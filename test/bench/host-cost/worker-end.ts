import type { Socket } from "node:net";
import {
  callText,
  firstText,
  keepingText,
  servedText,
} from "../../../packages/worker/src/program/kept-shell.ts";
import { markPrefix } from "../../../packages/worker/src/program/marks.ts";
import { keptProgramOf, programOf, type Variant } from "./variants.ts";

type Stream = "stdout" | "stderr";

/** The other end of the pipes: hello, body, end marks, and again, for a shell each. */
export class FreshEnd {
  readonly #variant: Variant;
  readonly #input: Socket;
  #run = { nonce: "", body: "" };
  #heard = { stdout: "", stderr: "" };
  #ended = 0;
  #strange = "";

  constructor(variant: Variant, input: Socket) {
    this.#variant = variant;
    this.#input = input;
  }

  begin(): void {
    if (this.#variant.task === undefined) return;
    const { program, nonce } = programOf(this.#variant.task);
    this.#run = { nonce, body: program.body };
    this.#heard = { stdout: "", stderr: "" };
    this.#input.write(program.hello);
  }

  hear(stream: Stream, chunk: Buffer): void {
    this.#heard[stream] += chunk.toString();
    const { nonce, body } = this.#run;
    const mark = (word: string): string => `${markPrefix(nonce)}${word}\n`;
    if (stream === "stderr" && body !== "" && this.#heard.stderr.includes(mark("hello"))) {
      this.#run.body = "";
      this.#input.write(body);
    }
    if (!this.#heard.stdout.includes(mark("end")) || !/:end .*\n/.test(this.#heard.stderr)) return;
    if (this.#heard.stderr.includes(mark("end 0 -"))) this.#ended += 1;
    else this.#strange = this.#heard.stderr;
    this.begin();
  }

  check(runs: number): void {
    if (this.#variant.task !== undefined && this.#ended !== runs)
      throw new Error(`${this.#ended} of ${runs} runs ended well: ${this.#strange}`);
  }
}

const KEPT_NONCE = "k".repeat(24);

/** The same for one shell that is kept: it has settled after each of its tasks. */
export class KeptEnd {
  readonly #variant: Variant;
  readonly #input: Socket;
  readonly #runs: number;
  #number = 0;
  #common = "";
  #body = "";
  #keeping = "";
  #nonce = "";
  #heard = { stdout: "", stderr: "" };

  constructor(variant: Variant, input: Socket, runs: number) {
    this.#variant = variant;
    this.#input = input;
    this.#runs = runs;
  }

  begin(): void {
    this.#number += 1;
    if (this.#number > this.#runs) return void this.#input.write("exit 0\n");
    const { program, served, nonce, task } = keptProgramOf(this.#variant.task ?? {});
    this.#nonce = nonce;
    this.#heard = { stdout: "", stderr: "" };
    if (this.#number === 1) {
      this.#body = firstText(program.body);
      this.#keeping = keepingText(task.become, KEPT_NONCE);
      return void this.#input.write(program.hello);
    }
    this.#body =
      (served.common === this.#common ? "" : served.common) + servedText(served.task, this.#number);
    this.#common = served.common;
    this.#input.write(callText(nonce));
  }

  hear(stream: Stream, chunk: Buffer): void {
    this.#heard[stream] += chunk.toString();
    const { stdout, stderr } = this.#heard;
    if (this.#body !== "" && stderr.includes(`${markPrefix(this.#nonce)}hello\n`)) {
      this.#input.write(this.#body);
      this.#body = "";
    }
    if (this.#keeping !== "" && stderr.includes(`${markPrefix(this.#nonce)}end 0 -`)) {
      this.#input.write(this.#keeping);
      this.#keeping = "";
    }
    const settled = `${markPrefix(KEPT_NONCE)}settled ${this.#number}`;
    const both = stdout.includes(`${settled}\n`) && new RegExp(`${settled} .*\n`).test(stderr);
    if (both && stderr.includes(`${markPrefix(this.#nonce)}end 0 -`)) this.begin();
  }

  check(runs: number): void {
    if (this.#number !== runs + 1)
      throw new Error(
        `the shell was kept for ${this.#number} of ${runs} runs: ${JSON.stringify(this.#heard)}`,
      );
  }
}
