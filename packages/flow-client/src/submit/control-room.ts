import { randomBytes } from "node:crypto";
import { controlFunction, encodeControl } from "@roadrunner/core";
import type { GearmanClient } from "@roadrunner/core/gearman";
import { nonce } from "./run-id.ts";
import type { WorkerWatch } from "./worker-watch.ts";
import type { Wrapping } from "./wrapping.ts";

/** A worker that does not take a control message in this time is gone or will ask no more. */
const CONTROL_TIMEOUT_MS = 10_000;

interface ControlOptions {
  readonly run: string;
  readonly client: string;
  readonly gearman: GearmanClient;
  readonly watch: WorkerWatch;
  readonly wrapping: Wrapping;
}

/** Speaks to the workers by their control functions: those that the server lists and those that were heard of. */
export class ControlRoom {
  readonly #options: ControlOptions;
  readonly #heardOf = new Set<string>();

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  workerSeen(worker: string): void {
    this.#heardOf.add(controlFunction(worker));
  }

  /** Tells all workers; those that were heard of at once, the others as soon as the server has listed them. */
  tell(type: "revoke" | "kill", jobs: readonly string[]): void {
    const { run, client } = this.#options;
    const message = encodeControl({ type, run, client, jobs: [...jobs] });
    const told = new Set(this.#heardOf);
    for (const name of told) this.#send(name, message);
    void this.#options.watch.controlFunctions().then((names) => {
      for (const name of names) if (!told.has(name)) this.#send(name, message);
    });
  }

  #send(functionName: string, message: string): void {
    const { gearman, wrapping } = this.#options;
    const unique = `control-${nonce(16, randomBytes)}`;
    // Whatever comes of it: the tasks' own outcomes tell whether it was heard.
    gearman.submit({
      functionName,
      unique,
      workload: wrapping.wrap("control", { function: functionName, unique }, message).text,
      timeoutMs: CONTROL_TIMEOUT_MS,
    });
  }
}
