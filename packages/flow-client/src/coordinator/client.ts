import type { IncomingMessage } from "node:http";
import { readRunEvent, succeed, type Result, type RunEvent } from "@roadrunner/core";
import {
  API,
  MAX_BODY_BYTES,
  confirmedSchema,
  eventPageSchema,
  handedOverSchema,
  healthSchema,
  runListSchema,
  runRowSchema,
  toldSchema,
  type HandOver,
  type Resume,
  type RunRow,
} from "@roadrunner/engine/api";
import { formatCoordinator, type CoordinatorAddress } from "../usage/parse-coordinator.ts";
import { foreignFault, tooLargeFault, type ApiFault } from "./api-fault.ts";
import { ask, open } from "./request.ts";

const ANSWER_MS = 30_000;
/** It answers when the whole plan is in its store. */
const HAND_OVER_MS = 60_000;
/** A word is answered by whoever carries the run, which may be another coordinator. */
const WORD_MS = 30_000;

type Answer<T> = Promise<Result<T, ApiFault>>;

/** What a schema makes of an answer. */
interface Schema<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
        };
      };
}

export interface EventPage {
  readonly events: readonly RunEvent[];
  /** Number to go on with; absent: there are no more now. */
  readonly next?: number;
}

export interface ListFilter {
  readonly flow?: string | undefined;
  readonly state?: string | undefined;
  readonly limit: number;
  readonly before?: string | undefined;
}

export type Health = ReturnType<typeof healthSchema.parse>;

/** A coordinator's API; every answer is checked, and every wait has an end. */
export class CoordinatorClient {
  readonly address: CoordinatorAddress;
  readonly name: string;
  readonly #answerMs: number;

  /** @param answerMs how long the answer to a question is waited for */
  constructor(address: CoordinatorAddress, answerMs = ANSWER_MS) {
    this.address = address;
    this.#answerMs = answerMs;
    this.name = formatCoordinator(address);
  }

  /** The id of the run, which is in the store. */
  async handOver(handOver: HandOver): Answer<string> {
    return this.#handOver(JSON.stringify(handOver), handOver.run);
  }

  async #handOver(body: string, run: string): Answer<string> {
    const bytes = Buffer.byteLength(body);
    // It would be refused, and the connection closed in the middle of it.
    if (bytes > MAX_BODY_BYTES) return { ok: false, error: tooLargeFault(bytes, MAX_BODY_BYTES) };
    const answer = await this.#post("/runs", body, handedOverSchema, HAND_OVER_MS);
    if (!answer.ok) return answer;
    const taken = answer.value.run;
    return taken === run ? succeed(run) : this.#foreign(`it took run ${run} as ${taken}`);
  }

  async health(): Answer<Health> {
    return this.#get("/health", healthSchema);
  }

  async runs(
    filter: ListFilter,
  ): Answer<{ readonly runs: readonly RunRow[]; readonly next?: string | undefined }> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(filter))
      if (value !== undefined) query.set(name, String(value));
    return this.#get(`/runs?${query.toString()}`, runListSchema);
  }

  /** `name`: `last`, an id, or the beginning of one. */
  async run(name: string): Answer<RunRow> {
    return this.#get(`/runs/${encodeURIComponent(name)}`, runRowSchema);
  }

  /** Events from a number on, as many as the coordinator gives at once. */
  async events(run: string, from: number): Answer<EventPage> {
    const page = await this.#get(`/runs/${run}/events?from=${from}`, eventPageSchema);
    if (!page.ok) return page;
    const events: RunEvent[] = [];
    for (const { number, event } of page.value.events) {
      if (number !== from + events.length)
        return this.#foreign(
          `after event ${from + events.length - 1} of run ${run} it gives event ${number}`,
        );
      const read = readRunEvent(event);
      if (!read.ok) return this.#foreign(`event ${number} of run ${run} is none: ${read.error}`);
      events.push(read.value);
    }
    const { next } = page.value;
    if (next !== undefined && next !== from + events.length)
      return this.#foreign(`events of run ${run} go on with ${next}, which is no next number`);
    return succeed({ events, ...(next === undefined ? {} : { next }) });
  }

  /** The stream of events after this number. */
  async stream(run: string, after: number): Answer<IncomingMessage> {
    const headers = { accept: "text/event-stream", "last-event-id": String(after) };
    const path = `${API}/runs/${run}/events?from=${after + 1}`;
    const answer = await open(this.address, { method: "GET", path, headers }, ANSWER_MS);
    if (!answer.ok || answer.value.headers["content-type"]?.startsWith("text/event-stream") === true)
      return answer;
    answer.value.destroy();
    return this.#foreign("it has no stream of events");
  }

  async stop(run: string): Answer<string> {
    const told = await this.#post(`/runs/${run}/stop`, "{}", toldSchema, WORD_MS);
    return told.ok ? succeed(told.value.text) : told;
  }

  async confirm(
    run: string,
    said: { readonly job?: string; readonly goOn: boolean },
  ): Answer<{ readonly done: boolean; readonly text: string }> {
    return this.#post(`/runs/${run}/confirm`, JSON.stringify(said), confirmedSchema, WORD_MS);
  }

  async resume(run: string, resume: Resume): Answer<string> {
    const told = await this.#post(`/runs/${run}/resume`, JSON.stringify(resume), toldSchema, WORD_MS);
    return told.ok ? succeed(told.value.text) : told;
  }

  async #get<T>(path: string, schema: Schema<T>): Answer<T> {
    return this.#checked(
      await ask(this.address, { method: "GET", path: API + path }, this.#answerMs),
      schema,
    );
  }

  async #post<T>(path: string, body: string, schema: Schema<T>, withinMs: number): Answer<T> {
    return this.#checked(
      await ask(this.address, { method: "POST", path: API + path, body }, withinMs),
      schema,
    );
  }

  #checked<T>(answer: Result<unknown, ApiFault>, schema: Schema<T>): Result<T, ApiFault> {
    if (!answer.ok) return answer;
    const read = schema.safeParse(answer.value);
    if (read.success) return succeed(read.data);
    const [issue] = read.error.issues;
    const path = issue?.path.map(String).join(".") ?? "";
    return this.#foreign(
      `its answer is another one than was asked for (${path === "" ? "" : `${path}: `}${issue?.message ?? ""})`,
    );
  }

  #foreign(why: string): { readonly ok: false; readonly error: ApiFault } {
    return { ok: false, error: foreignFault(this.address, why) };
  }
}
