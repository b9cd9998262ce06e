import { NdjsonReporter } from "../reporters/ndjson.ts";
import { PlainReporter } from "../reporters/plain.ts";
import { QuietReporter } from "../reporters/quiet.ts";
import type { Reporter } from "../reporters/reporter.ts";
import type { RunOptions } from "./run-command.ts";

/** The view that `--output` asks for. */
export function reporterOf(options: Pick<RunOptions, "output">): Reporter {
  switch (options.output) {
    case "ndjson":
      return new NdjsonReporter();
    case "quiet":
      return new QuietReporter();
    case "auto":
    case "plain":
      return new PlainReporter();
  }
}
