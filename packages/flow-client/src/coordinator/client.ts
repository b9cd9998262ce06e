import type { IncomingMessage } from "node:http";
import { readRunEvent, succeed, type Result, type RunEvent } from "@roadrunner/core";
import type { SignedText } from "@roadrunner/core/signing";
import {
  API,
  carriersSchema,
  MAX_BODY_BYTES,
  confirmedSchema,
  eventPageSchema,
  fleetSchema,
  handedOverSchema,
  healthSchema,
  runListSchema,
  signedAnswer,
  runRowSchema,
  toldSchema,
  whoSchema,
  type By,
  type Fleet,
  type HandOver,
  type LoggedIn,
  type Resume,
  type RunRow,
  type SignedOf,
  type Told,
} from "@roadrunner/engine/api";
import type { CoordinatorAddress } from "@roadrunner/engine/address";
import { foreignFault, tooLargeFault, usageFault, type ApiFault } from "./connection/api-fault.ts";
import { checkedAnswer, type Schema } from "./connection/checked-answer.ts";
import type { Destination } from "./connection/destination.ts";
import { ask, open, type Asked } from "./connection/request.ts";
import type { KeptLogin } from "./login/kept-login.ts";
import { notTakenFault } from "./login/login-fault.ts";
import type { Bearer, Session } from "./login/session.ts";

const ANSWER_MS = 30_000;
/** It answers when the whole plan is in its store. */
const HAND_OVER_MS = 60_000;
/** A word is answered by whoever carries the run, which may be another coordinator. */
const WORD_MS = 30_000;

type Answer<T> = Promise<Result<T, ApiFault>>;

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
export type Who = ReturnType<typeof whoSchema.parse>;

export interface ClientOptions {
  /** How long the answer to a question is waited for, in milliseconds. */
  readonly answerMs?: number;
  /** Who logs in where that is needed; absent: nobody does. */
  readonly session?: Session | undefined;
}

export interface LoggedOut {
  /** Absent: nobody was logged in. */
  readonly was?: Pick<KeptLogin, "principal" | "expires">;
  /** Why the coordinator does not know of it. */
  readonly untold?: ApiFault;
}

/** A login that another process has replaced is tried again so often, before a new one is made. */
const MOST_KEPT = 2;

/** A coordinator's API; every answer is checked, and every wait has an end. */
export class CoordinatorClient {
  readonly address: CoordinatorAddress;
  readonly name: string;
  readonly #to: Destination;
  readonly #answerMs: number;
  readonly #session: Session | undefined;

  constructor(to: Destination, { answerMs = ANSWER_MS, session }: ClientOptions = {}) {
    this.#to = to;
    this.address = to.address;
    this.#answerMs = answerMs;
    this.name = to.name;
    this.#session = session;
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

  /** What it tells of itself whoever asks. */
  async healthForAll(): Answer<Health> {
    const asked: Asked = { method: "GET", path: `${API}/health` };
    return checkedAnswer(this.address, await ask(this.#to, asked, this.#answerMs), healthSchema);
  }

  /** A new login. */
  async logIn(): Answer<LoggedIn> {
    return this.#session === undefined ? noLogins(this.name) : this.#session.logIn();
  }

  /** Gives the login back that is kept. */
  async logOut(): Answer<LoggedOut> {
    const session = this.#session;
    if (session === undefined) return noLogins(this.name);
    const was = session.known;
    const asked: Asked = { method: "DELETE", path: `${API}/login` };
    const answer = was && (await ask(this.#to, proved(asked, was), this.#answerMs));
    const forgotten = session.forget();
    if (!forgotten.ok) return { ok: false, error: usageFault(forgotten.error) };
    // One that is not known there is given back.
    const isTold = answer === undefined || answer.ok || answer.error.code === "notLoggedIn";
    return succeed({ ...(was && { was }), ...(isTold ? {} : { untold: answer.error }) });
  }

  /** As whom it is asked; undefined: as whoever owns its socket. */
  async who(): Answer<Who | undefined> {
    return this.#session === undefined ? succeed(undefined) : this.#get("/login", whoSchema);
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
    const answer = await this.#loggedIn({ method: "GET", path, headers }, async (asked) =>
      open(this.#to, asked, ANSWER_MS),
    );
    if (!answer.ok || answer.value.headers["content-type"]?.startsWith("text/event-stream") === true)
      return answer;
    answer.value.destroy();
    return this.#foreign("it has no stream of events");
  }

  async stop(run: string): Answer<Told> {
    return this.#post(`/runs/${run}/stop`, "{}", toldSchema, WORD_MS);
  }

  async confirm(
    run: string,
    said: { readonly job?: string; readonly goOn: boolean; readonly by: By },
  ): Answer<{ readonly done: boolean; readonly text: string }> {
    return this.#post(`/runs/${run}/confirm`, JSON.stringify(said), confirmedSchema, WORD_MS);
  }

  /** Keys of those who may come to carry a run of this coordinator's store, `SHA256:…`. */
  async carriers(): Answer<readonly string[]> {
    const told = await this.#get("/carriers", carriersSchema);
    return told.ok ? succeed(told.value.carriers.map(({ fingerprint }) => fingerprint)) : told;
  }

  /** Its job servers, and the workers on them. */
  async fleet(): Answer<Fleet> {
    return this.#get("/workers", fleetSchema);
  }

  /** The operator's word on the plan of a run, as it is kept there, and the plan of one that has not begun. */
  async signed(run: string): Answer<SignedOf> {
    return this.#get(`/runs/${run}/sign`, signedAnswer);
  }

  /** Gives it the operator's word on the plan of a run that goes on. */
  async sign(run: string, signed: SignedText): Answer<{ readonly done: boolean; readonly text: string }> {
    return this.#post(`/runs/${run}/sign`, JSON.stringify({ signed }), confirmedSchema, WORD_MS);
  }

  async resume(run: string, resume: Resume): Answer<string> {
    const told = await this.#post(`/runs/${run}/resume`, JSON.stringify(resume), toldSchema, WORD_MS);
    return told.ok ? succeed(told.value.text) : told;
  }

  async #get<T>(path: string, schema: Schema<T>): Answer<T> {
    return this.#ask({ method: "GET", path: API + path }, schema, this.#answerMs);
  }

  async #post<T>(path: string, body: string, schema: Schema<T>, withinMs: number): Answer<T> {
    return this.#ask({ method: "POST", path: API + path, body }, schema, withinMs);
  }

  async #ask<T>(asked: Asked, schema: Schema<T>, withinMs: number): Answer<T> {
    const answer = await this.#loggedIn(asked, async (proved) => ask(this.#to, proved, withinMs));
    return checkedAnswer(this.address, answer, schema);
  }

  /** Asks as whoever is logged in; a login that is refused is replaced, once by a new one. */
  async #loggedIn<T>(asked: Asked, ask: (asked: Asked) => Answer<T>): Answer<T> {
    const session = this.#session;
    if (session === undefined) return ask(asked);
    let bearer = await session.bearer();
    for (let tries = 1; ; tries += 1) {
      if (!bearer.ok) return bearer;
      const answer = await ask(proved(asked, bearer.value));
      if (answer.ok || answer.error.code !== "notLoggedIn") return answer;
      const { lines } = answer.error.refusal;
      if (bearer.value.isFresh) return { ok: false, error: notTakenFault(this.name, lines) };
      bearer = await session.instead(bearer.value, lines, { anew: tries >= MOST_KEPT });
    }
  }

  #foreign(why: string): { readonly ok: false; readonly error: ApiFault } {
    return { ok: false, error: foreignFault(this.address, why) };
  }
}

function noLogins(name: string): { readonly ok: false; readonly error: ApiFault } {
  return {
    ok: false,
    error: usageFault(
      `nobody logs in to ${name}: whoever owns that socket may do everything\nA login is with a coordinator on the network: --coordinator https://HOST`,
    ),
  };
}

function proved(asked: Asked, { token }: Pick<Bearer, "token">): Asked {
  return { ...asked, headers: { ...asked.headers, authorization: `Bearer ${token}` } };
}
