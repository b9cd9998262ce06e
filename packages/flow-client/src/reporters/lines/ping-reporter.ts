import { foldHosts, isFailure, type RunEvent } from "@roadrunner/core";
import { alikeReason, reasonBeside } from "@roadrunner/engine/story";
import { safeEvents } from "../text/safe-events.ts";
import { safeLine } from "../text/safe-text.ts";
import { outcomeWord } from "../text/task-line.ts";
import { counted, hostCount } from "../text/words.ts";
import { EndReporter } from "./end-reporter.ts";

type TaskEnded = Extract<RunEvent, { type: "task.ended" }>;

/** Who can be logged in to, and of the others why not: hosts with the same reason on one line. */
export class PingReporter extends EndReporter {
  /** By what is alike; the word of the first, for where it is alone. */
  readonly #kinds = new Map<string, { readonly word: string; readonly hosts: string[] }>();
  #asked = 0;
  #failed = 0;
  #left: string | undefined;

  /** Hosts that did not end ok. */
  get failed(): number {
    return this.#failed;
  }

  recall(events: readonly RunEvent[]): void {
    for (const event of safeEvents(events)) {
      if (event.type === "task.ended" && event.final) this.#end(event);
      if (event.type === "run.stopping" || event.type === "run.interrupted") this.#left = event.reason;
    }
  }

  end(): readonly string[] {
    const kinds = [...this.#kinds].sort(
      ([a, { hosts: ofA }], [b, { hosts: ofB }]) =>
        Number(b === "ok") - Number(a === "ok") || ofB.length - ofA.length,
    );
    const lines = kinds.map(
      ([kind, { word, hosts }]) =>
        `${foldHosts(hosts)}${hostCount(hosts)} ${hosts.length === 1 ? word : kind}`,
    );
    const left = this.#left === undefined ? [] : [`not all were asked: ${safeLine(this.#left)}`];
    const sum = `${this.#asked - this.#failed} of ${counted(this.#asked, "host")} ok`;
    return [...lines, ...left, sum];
  }

  #end(event: TaskEnded): void {
    this.#asked += 1;
    if (event.outcome !== "ok") this.#failed += 1;
    const word = wordOf(event);
    const kind = alikeReason(event.host, word);
    const known = this.#kinds.get(kind);
    if (known === undefined) this.#kinds.set(kind, { word, hosts: [event.host] });
    else known.hosts.push(event.host);
  }
}

function wordOf({ outcome, reason, host, stderr, encoding }: TaskEnded): string {
  if (reason === undefined) return outcomeWord(outcome);
  const why = safeLine(reasonBeside(host, reason));
  // What a login or sudo says is the reason of a command that did nothing by itself.
  const said = encoding?.stderr === undefined && isFailure(outcome) ? (stderr ?? "").trim() : "";
  return `${outcomeWord(outcome)}: ${why}${said === "" ? "" : ` (${safeLine(said.split("\n")[0] ?? "")})`}`;
}
