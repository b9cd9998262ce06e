import { expandHosts, fail, succeed, type Result, type RunEvent, type RunPlan } from "@roadrunner/core";
import { FollowReporter } from "../reporters/lines/follow.ts";
import { NdjsonReporter } from "../reporters/lines/ndjson.ts";
import type { Reporter } from "../reporters/lines/reporter.ts";
import type { RunOptions } from "../usage/options.ts";
import { OutputFiles } from "./output-files.ts";
import { reporterOf } from "./reporter-of.ts";
import { say } from "../usage/say.ts";
import { View, type Question } from "./view.ts";

export type ViewOptions = Pick<RunOptions, "output" | "follow" | "raw" | "output-dir">;

/** A command's own view, which hears everything: in place of that of `--output`, or beside it, unseen. */
export interface OwnView {
  readonly reporter: Reporter;
  readonly isShown: boolean;
}

/** All views of one run that goes on: the screen, and the files of `--output-dir`. */
export class RunViews {
  /** Whether some view needs the output as it comes. */
  readonly live: boolean;
  readonly #view: View;
  readonly #files: OutputFiles | undefined;
  readonly #unseen: Reporter | undefined;

  private constructor(
    view: View,
    files: OutputFiles | undefined,
    live: boolean,
    unseen: Reporter | undefined,
  ) {
    this.#view = view;
    this.#unseen = unseen;
    this.#files = files;
    this.live = live;
  }

  /** The error is the text for the operator. Close the views with `end`. `own`: see there. */
  static async open(
    options: ViewOptions,
    plan: RunPlan,
    env: Readonly<Record<string, string | undefined>>,
    own?: OwnView,
  ): Promise<Result<RunViews, string>> {
    const follows = followed(options.follow, plan);
    if (!follows.ok) return follows;
    const folder = options["output-dir"];
    const files = folder === undefined ? undefined : OutputFiles.open(folder, say);
    if (files?.ok === false) return files;
    const follow = options.follow !== undefined;
    const inner =
      options.output === "ndjson"
        ? new NdjsonReporter((host) => follow && follows.value(host))
        : own?.isShown === true
          ? own.reporter
          : reporterOf(options.output, process.stdout, env);
    const reporter =
      follow && options.output !== "ndjson"
        ? new FollowReporter(inner, { follows: follows.value, raw: options.raw })
        : inner;
    const view = await View.open(reporter, process.stdout);
    return succeed(
      new RunViews(
        view,
        files?.value,
        follow || files !== undefined,
        own?.isShown === false ? own.reporter : undefined,
      ),
    );
  }

  /** Takes in the past of a run that goes on here; none of it is told again. */
  recall(events: readonly RunEvent[]): void {
    this.#view.recall(events);
  }

  show(events: readonly RunEvent[]): void {
    this.#files?.write(events);
    this.#unseen?.report(events);
    this.#view.show(events);
  }

  /** Gives the terminal back for a question, until `resume`. */
  pause(): void {
    this.#view.pause();
  }

  /** What is printed until `resume` goes above this question. */
  beside(question: Question): void {
    this.#view.beside(question);
  }

  resume(): void {
    this.#view.resume();
  }

  end(): void {
    this.#view.end();
    this.#files?.close();
  }
}

/** Which hosts `--follow` means; without a value all of them. */
function followed(follow: string | undefined, plan: RunPlan): Result<(host: string) => boolean, string> {
  if (follow === undefined || follow === "") return succeed(() => true);
  const hosts = expandHosts(follow);
  if (!hosts.ok) {
    const hint = hosts.error.hint === undefined ? "" : `; ${hosts.error.hint}`;
    return fail(`--follow: ${hosts.error.message} (column ${hosts.error.column})${hint}`);
  }
  const names = new Set(hosts.value.map(({ name }) => name));
  const jobs = [...plan.slots, ...plan.finally].flatMap((slot) => slot.jobs);
  const known = jobs.some((job) => job.hosts.some(({ name }) => names.has(name)));
  return known
    ? succeed((host) => names.has(host))
    : fail(`--follow: no job runs on ${follow}; if that is the flow's file, name it before --follow`);
}
