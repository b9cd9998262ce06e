import type { Writable } from "node:stream";
import type { RunEvent } from "@roadrunner/core";
import type { Reporter } from "../reporters/reporter.ts";

const TICK_MS = 250;

/** Prints a reporter's lines. A reader that goes away (a closed pipe) ends the view, not the run. */
export class View {
  readonly #reporter: Reporter;
  readonly #stream: Writable;
  readonly #timer: NodeJS.Timeout;
  #open = true;

  constructor(reporter: Reporter, stream: Writable) {
    this.#reporter = reporter;
    this.#stream = stream;
    stream.on("error", () => {
      this.#open = false;
    });
    this.#timer = setInterval(() => this.#print(reporter.tick(Date.now())), TICK_MS);
  }

  show(events: readonly RunEvent[]): void {
    this.#print(this.#reporter.report(events));
  }

  end(): void {
    clearInterval(this.#timer);
    this.#print(this.#reporter.end());
  }

  #print(lines: readonly string[]): void {
    if (this.#open && lines.length > 0) this.#stream.write(`${lines.join("\n")}\n`);
  }
}
