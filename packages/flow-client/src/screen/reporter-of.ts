import { BoardReporter } from "../reporters/board/board-reporter.ts";
import { GatheredReporter } from "../reporters/board/gathered-reporter.ts";
import { PlainReporter } from "../reporters/lines/plain.ts";
import { QuietReporter } from "../reporters/lines/quiet.ts";
import type { Reporter } from "../reporters/lines/reporter.ts";
import type { RunOptions } from "../usage/options.ts";
import { say } from "../usage/say.ts";
import { canDraw, styleOf } from "./terminal.ts";

/** The view that `--output` asks for; `auto` is the board where one can be drawn, else plain lines. */
export function reporterOf(
  output: Exclude<RunOptions["output"], "ndjson">,
  stream: NodeJS.WriteStream,
  env: Readonly<Record<string, string | undefined>>,
): Reporter {
  switch (output) {
    case "quiet":
      return new QuietReporter();
    case "gathered":
      return new GatheredReporter(canDraw(stream, env) ? styleOf(stream, env) : undefined);
    case "plain":
      return new PlainReporter();
    case "auto":
      return canDraw(stream, env) ? new BoardReporter(styleOf(stream, env)) : new PlainReporter();
    case "tty":
      if (stream.isTTY) return new BoardReporter(styleOf(stream, env));
      say("--output tty: stdout is no terminal; plain lines are printed instead");
      return new PlainReporter();
  }
}
