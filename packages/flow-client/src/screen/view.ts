import type { RunEvent } from "@roadrunner/core";
import type { Reporter } from "../reporters/lines/reporter.ts";
import type { BoardScreen } from "./board-screen.ts";
import { faultOf } from "./print.ts";
import { say } from "../usage/say.ts";

/** So many redraws a second, whatever the rate of events. */
const TICK_MS = 250;

/** A question that stands below what is printed. */
export interface Question {
  clear(): void;
  again(): void;
}

type OpenScreen = () => BoardScreen;

/**
 * Prints a reporter's lines and draws its board. A reader that goes away (a closed pipe) ends the view, not the
 * run.
 */
export class View {
  readonly #reporter: Reporter;
  readonly #stream: NodeJS.WriteStream;
  readonly #timer: NodeJS.Timeout;
  readonly #openScreen: OpenScreen | undefined;
  #screen: BoardScreen | undefined;
  #question: Question | undefined;
  #open = true;
  #ended = false;
  #began = false;

  private constructor(reporter: Reporter, stream: NodeJS.WriteStream, openScreen: OpenScreen | undefined) {
    this.#reporter = reporter;
    this.#stream = stream;
    this.#openScreen = openScreen;
    stream.on("error", (error) => {
      if (this.#open) tellFault(error);
      this.#open = false;
    });
    this.resume();
    stream.on("resize", this.#redraw);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  static async open(reporter: Reporter, stream: NodeJS.WriteStream): Promise<View> {
    if (reporter.board === undefined) return new View(reporter, stream, undefined);
    // Only here: log-update would slow down every start without a board.
    const { BoardScreen } = await import("./board-screen.ts");
    return new View(reporter, stream, () => new BoardScreen(stream));
  }

  /** The past of a run that goes on here. */
  recall(events: readonly RunEvent[]): void {
    this.#began = true;
    this.#reporter.recall(events);
  }

  show(events: readonly RunEvent[]): void {
    this.#began = true;
    this.#print(this.#reporter.report(events));
  }

  /** Gives the terminal back, for a question. */
  pause(): void {
    // A line that comes while somebody types would stand in the answer.
    this.#print(this.#reporter.flush());
    this.#screen?.close();
    this.#screen = undefined;
  }

  /** Until `resume` this question stands there, if it stands on the same terminal. */
  beside(question: Question): void {
    if (this.#stream.isTTY) this.#question = question;
  }

  resume(): void {
    this.#question = undefined;
    if (!this.#ended) this.#screen ??= this.#openScreen?.();
  }

  end(): void {
    this.#ended = true;
    clearInterval(this.#timer);
    this.#stream.off("resize", this.#redraw);
    this.pause();
    if (this.#began) this.#print(this.#reporter.end());
  }

  #tick(): void {
    this.#print(this.#reporter.tick(Date.now()));
    this.#redraw();
  }

  readonly #redraw = (): void => {
    if (!this.#open || this.#screen === undefined) return;
    this.#screen.draw(this.#reporter.board?.(this.#screen.size, Date.now()) ?? []);
  };

  #print(lines: readonly string[]): void {
    if (!this.#open || lines.length === 0) return;
    if (this.#screen !== undefined) {
      this.#screen.print(lines);
      return;
    }
    this.#question?.clear();
    this.#stream.write(`${lines.join("\n")}\n`);
    this.#question?.again();
  }
}

function tellFault(error: Error): void {
  const fault = faultOf(error);
  if (fault !== undefined) say(`${fault}; nothing more is shown, the run goes on`);
}
