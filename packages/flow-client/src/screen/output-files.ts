import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, stageId, succeed, type Result, type RunEvent } from "@roadrunner/core";
import { privateFolder } from "@roadrunner/core/files";
import { counted } from "../reporters/text/words.ts";

type TaskEnded = Extract<RunEvent, { type: "task.ended" }>;

const STREAMS = ["stdout", "stderr"] as const;
type Stream = (typeof STREAMS)[number];

/**
 * `--output-dir`: DIR/JOB/HOST.stdout and .stderr, written as the output comes, whole, readable by their owner only.
 * A later attempt has files of its own (HOST.attempt2.stdout), and so has a stage (HOST.drain.stdout, at another host HOST.drain@lb1.stdout). Where live output was missed, the output kept in the
 * outcome takes its place if that is whole; what is not whole is listed in DIR/incomplete.
 */
export class OutputFiles {
  readonly #folder: string;
  readonly #tell: (text: string) => void;
  /** Bytes written to each file whose task has not ended. */
  readonly #written = new Map<string, number>();
  #incomplete = 0;
  #broken = false;

  private constructor(folder: string, tell: (text: string) => void) {
    this.#folder = folder;
    this.#tell = tell;
  }

  /** `tell` gets what the operator must know, once. A folder that holds something is not mixed with another run. */
  static open(folder: string, tell: (text: string) => void): Result<OutputFiles, string> {
    // Nobody else can put a link into it, nor another folder in its place.
    const own = privateFolder(folder);
    if (!own.ok) return fail(`--output-dir: ${own.error}`);
    try {
      if (readdirSync(own.value).length > 0)
        return fail(`--output-dir: ${folder} is not empty; name a new folder`);
      return succeed(new OutputFiles(own.value, tell));
    } catch (error) {
      return fail(`--output-dir: ${folder}: ${(error as Error).message}`);
    }
  }

  write(events: readonly RunEvent[]): void {
    for (const event of events) {
      if (this.#broken) return;
      if (event.type !== "task.output" && event.type !== "task.ended") continue;
      try {
        if (event.type === "task.output") this.#append(event);
        else if (event.stdout !== undefined) this.#complete(event);
      } catch (error) {
        this.#broken = true;
        this.#tell(`--output-dir: no more output is written: ${(error as Error).message}`);
      }
    }
  }

  close(): void {
    if (this.#incomplete === 0) return;
    const what = counted(this.#incomplete, "output");
    this.#tell(`--output-dir: ${what} incomplete; see ${join(this.#folder, "incomplete")}`);
  }

  #append(event: Extract<RunEvent, { type: "task.output" }>): void {
    const bytes = Buffer.from(event.data, event.encoding ?? "utf8");
    const path = this.#path(event, event.stream);
    const before = this.#written.get(path);
    if (before === undefined) this.#makeFolder(event);
    appendFileSync(path, bytes, { mode: 0o600 });
    this.#written.set(path, (before ?? 0) + bytes.length);
  }

  #complete(event: TaskEnded): void {
    this.#makeFolder(event);
    for (const stream of STREAMS) {
      const path = this.#path(event, stream);
      const kept = Buffer.from(event[stream] ?? "", event.encoding?.[stream] ?? "utf8");
      const omitted = event.omittedBytes?.[stream] ?? 0;
      const written = this.#written.get(path) ?? 0;
      this.#written.delete(path);
      const isWhole = written === kept.length + omitted && written > 0;
      if (!isWhole && (omitted === 0 || written < kept.length)) writeFileSync(path, kept, { mode: 0o600 });
      if (event.outputLost === true || (omitted > 0 && !isWhole)) {
        this.#incomplete += 1;
        const why =
          event.outputLost === true ? "lost, all or a part of it" : `${omitted} bytes left out in the middle`;
        appendFileSync(join(this.#folder, "incomplete"), `${path}: ${why}\n`, { mode: 0o600 });
      }
    }
  }

  #makeFolder({ job }: { readonly job: string }): void {
    mkdirSync(join(this.#folder, fileName(job)), { recursive: true, mode: 0o700 });
  }

  #path(event: Extract<RunEvent, { host: string }>, stream: Stream): string {
    const attempt = event.attempt > 1 ? `.attempt${event.attempt}` : "";
    const stage =
      event.stage === undefined ? "" : `.${fileName(stageId({ stage: event.stage, at: event.at }))}`;
    return join(this.#folder, fileName(event.job), `${fileName(event.host)}${stage}${attempt}.${stream}`);
  }
}

/** No flow gives such names; the plan of a journal could be anybody's. */
function fileName(name: string): string {
  return name.replaceAll(/[/\p{C}]/gu, "_").replace(/^\.+/, "_");
}
