import { closeSync, fstatSync, writeSync } from "node:fs";

/** The pipe to the process that started this one, beside stdin, stdout and stderr. */
export const FRONT_FD = 3;

/** What is told on that pipe, a line of JSON each. */
export type Told = { readonly say: string } | { readonly begun: true };

/** Whoever has started this process, as long as it waits for the run to begin. */
export class Front {
  #isThere = true;

  /** Undefined: nobody has started this process in order to hear of it. */
  static open(): Front | undefined {
    try {
      return fstatSync(FRONT_FD).isSocket() ? new Front() : undefined;
    } catch {
      return undefined;
    }
  }

  /** False: it is not there any more. */
  say(text: string): boolean {
    return this.#tell({ say: text });
  }

  /** The run has begun: the front has heard all that it waits for. */
  begun(): void {
    this.#tell({ begun: true });
    if (!this.#isThere) return;
    this.#isThere = false;
    closeSync(FRONT_FD);
  }

  #tell(told: Told): boolean {
    if (!this.#isThere) return false;
    try {
      writeSync(FRONT_FD, `${JSON.stringify(told)}\n`);
      return true;
    } catch {
      // It was killed, or its terminal closed: the run needs neither.
      this.#isThere = false;
      closeSync(FRONT_FD);
      return false;
    }
  }
}

/** Reads what a process tells, line by line as it comes. */
export class ToldLines {
  #rest = "";

  *read(chunk: string): Generator<Told> {
    this.#rest += chunk;
    for (let end = this.#rest.indexOf("\n"); end !== -1; end = this.#rest.indexOf("\n")) {
      const line = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 1);
      yield JSON.parse(line) as Told;
    }
  }
}
