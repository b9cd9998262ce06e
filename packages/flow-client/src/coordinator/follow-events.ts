import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep } from "node:timers/promises";
import { parseRunEvent, type RunEvent } from "@roadrunner/core";
import type { JournalCheck } from "@roadrunner/engine/journal";
import { STREAM_EVENTS } from "@roadrunner/engine/api";
import { EXIT } from "../usage/exit-codes.ts";
import type { Refusal } from "../usage/refusal.ts";
import { say } from "../usage/say.ts";
import { foreignFault, type ApiFault } from "./connection/api-fault.ts";
import type { CoordinatorClient } from "./client.ts";
import { SseParser, type StreamEvent } from "./sse-parser.ts";

/** For a coordinator that was stopped and is started again, or whose run another one takes over. */
export const PATIENCE_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
/** A pause that nobody needs to hear of. */
const UNTOLD_MS = 1000;
/** The coordinator says something every 15 s. */
const SILENT_MS = 45_000;
/** After so long without an event it is asked who carries the run. */
const QUIET_MS = 25_000;

type RunEnded = Extract<RunEvent, { type: "run.ended" }>;

/** Until when events were followed; `left`: nobody carries the run; `away`: nobody looks any more. */
export type FollowEnd =
  | { readonly kind: "ended"; readonly ended: RunEnded }
  | { readonly kind: "left" }
  | { readonly kind: "away" }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export interface FollowOptions {
  /** Number of the last event that is known. */
  readonly after: number;
  /** Has seen the events up to there. */
  readonly check: JournalCheck;
  readonly show: (events: readonly RunEvent[]) => void;
  /** Nobody looks any more. */
  readonly away?: AbortSignal | undefined;
  /** Behind the run's id in a command that is named to the operator. */
  readonly word?: string;
  /** Of a coordinator that is away. */
  readonly patienceMs?: number;
  /** Without an event, until it is asked whether somebody carries the run. */
  readonly quietMs?: number;
}

/** How one connection came to its end. */
type StreamEnd =
  | { readonly kind: "ended"; readonly ended: RunEnded }
  | { readonly kind: "cut" | "quiet" }
  | { readonly kind: "fault"; readonly fault: ApiFault };

/**
 * Shows a run's events as they come, in their order and each once, until the run ends. A connection that breaks is made
 * again, and goes on where it was.
 */
export async function followEvents(
  client: CoordinatorClient,
  run: string,
  options: FollowOptions,
): Promise<FollowEnd> {
  const { patienceMs = PATIENCE_MS, quietMs = QUIET_MS } = options;
  const reader = new EventReader(client, run, options);
  let lastMs = performance.now();
  let pauseMs = FIRST_PAUSE_MS;
  let isTold = false;
  /** Up to this event it was known when nobody was found to carry the run. */
  let uncarriedAt: number | undefined;
  for (;;) {
    const end = await oneStream(client, run, reader, { quietMs, away: options.away }, () => {
      // Whoever breaks each connection at once is not asked as often as can be.
      if (performance.now() - lastMs > LONGEST_PAUSE_MS) pauseMs = FIRST_PAUSE_MS;
      lastMs = performance.now();
      if (isTold) say(`the coordinator on ${client.name} is there again`);
      isTold = false;
    });
    if (end.kind === "ended") return end;
    if (options.away?.aborted === true) return { kind: "away" };
    if (end.kind === "quiet") {
      const row = await client.run(run);
      const isLeft = row.ok && row.value.state === "open";
      if (isLeft && uncarriedAt === reader.last) return { kind: "left" };
      uncarriedAt = isLeft ? reader.last : undefined;
      continue;
    }
    if (end.kind === "fault" && !mayComeBack(end.fault))
      return { kind: "refused", refusal: refusedFor(run, { ...options, after: reader.last }, end.fault) };
    const awayMs = performance.now() - lastMs;
    if (awayMs >= patienceMs) return { kind: "refused", refusal: goneFor(client, run, options, end) };
    if (!isTold && awayMs >= UNTOLD_MS) {
      isTold = true;
      say(
        `${whatIsAway(client, end)}: it is waited for, for ${patienceMs / 1000} s at most; what runs on hosts goes on`,
      );
    }
    await pause(Math.min(pauseMs, patienceMs), options.away);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
  }
}

/** Checks and shows what comes; knows how far it is. */
class EventReader {
  readonly #client: CoordinatorClient;
  readonly #run: string;
  readonly #options: FollowOptions;
  last: number;

  constructor(client: CoordinatorClient, run: string, options: FollowOptions) {
    this.#client = client;
    this.#run = run;
    this.#options = options;
    this.last = options.after;
  }

  /** Shows those of one piece; undefined: there will be more. */
  take(streamed: readonly StreamEvent[]): StreamEnd | undefined {
    const events: RunEvent[] = [];
    for (const { id, event: kind, data } of streamed) {
      const isRecorded = kind === STREAM_EVENTS.recorded;
      if (!isRecorded && kind !== STREAM_EVENTS.output) continue;
      const number = isRecorded ? Number(id) : undefined;
      if (number !== undefined && number <= this.last) continue;
      if (number !== undefined && number !== this.last + 1)
        return this.#foreign(`after event ${this.last} of run ${this.#run} it sends event ${id}`);
      const event = parseRunEvent(data);
      const fits = event.ok ? this.#options.check.next(event.value) : event;
      if (!event.ok || !fits.ok)
        return this.#foreign(`what it sends of run ${this.#run} is no event: ${fits.ok ? "" : fits.error}`);
      if (isRecorded !== (event.value.type !== "task.output"))
        return this.#foreign(`it sends ${event.value.type} as ${kind}`);
      if (number !== undefined) this.last = number;
      events.push(event.value);
    }
    if (events.length > 0) this.#options.show(events);
    const last = events.findLast(({ type }) => type !== "task.output");
    return last?.type === "run.ended" ? { kind: "ended", ended: last } : undefined;
  }

  #foreign(why: string): StreamEnd {
    return { kind: "fault", fault: foreignFault(this.#client.address, why) };
  }
}

/** @param onHeard it says something */
async function oneStream(
  client: CoordinatorClient,
  run: string,
  reader: EventReader,
  { quietMs, away }: { readonly quietMs: number; readonly away: AbortSignal | undefined },
  onHeard: () => void,
): Promise<StreamEnd> {
  const answer = await client.stream(run, reader.last);
  if (!answer.ok) return { kind: "fault", fault: answer.error };
  const response = answer.value;
  const leave = (): void => void response.destroy();
  away?.addEventListener("abort", leave);
  if (away?.aborted === true) leave();
  const parser = new SseParser();
  const decoder = new StringDecoder("utf8");
  let isQuiet = false;
  const silent = setTimeout(() => response.destroy(), SILENT_MS);
  const quiet = setTimeout(() => {
    isQuiet = true;
    response.destroy();
  }, quietMs);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      silent.refresh();
      onHeard();
      const events = parser.push(decoder.write(chunk));
      if (events === undefined)
        return { kind: "fault", fault: foreignFault(client.address, "one of its events has no end") };
      if (events.length > 0) quiet.refresh();
      const end = reader.take(events);
      if (end !== undefined) return end;
    }
    return { kind: isQuiet ? "quiet" : "cut" };
  } catch {
    return { kind: isQuiet ? "quiet" : "cut" };
  } finally {
    clearTimeout(silent);
    clearTimeout(quiet);
    away?.removeEventListener("abort", leave);
    response.destroy();
  }
}

async function pause(ms: number, away: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, away === undefined ? {} : { signal: away }).catch(() => undefined);
}

/** Whether it is worth waiting. */
function mayComeBack({ kind, code }: ApiFault): boolean {
  return kind === "away" || kind === "cut" || code === "storeFault" || code === "tooMany";
}

/** A coordinator may be there, and its store not. */
function whatIsAway(client: CoordinatorClient, end: StreamEnd): string {
  return end.kind === "fault" && end.fault.code === "storeFault"
    ? `the coordinator on ${client.name} cannot tell now what happens: ${end.fault.refusal.lines[0] ?? ""}`
    : `the coordinator on ${client.name} is away`;
}

/** Of what the coordinator does not let be seen any more: the run does not depend on it. */
function refusedFor(run: string, { after, word = "" }: FollowOptions, { kind, refusal }: ApiFault): Refusal {
  if (kind !== "problem" || after === 0) return refusal;
  const next = `The coordinator carries run ${run} all the same; when it lets you: rr-submit attach ${run}${word}`;
  return { ...refusal, lines: [...refusal.lines, next] };
}

function goneFor(
  client: CoordinatorClient,
  run: string,
  { patienceMs = PATIENCE_MS, word = "" }: FollowOptions,
  end: StreamEnd,
): Refusal {
  const why = end.kind === "fault" ? end.fault.refusal.lines : [`the connection to ${client.name} breaks`];
  const lines = [
    `the coordinator on ${client.name} has not come back within ${patienceMs / 1000} s; run ${run} is open`,
    ...why,
    `When it is there again: rr-submit attach ${run}${word}`,
  ];
  return { lines, code: EXIT.infrastructure };
}
