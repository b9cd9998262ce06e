import { foldHosts } from "@roadrunner/core";
import { alikeReason, reasonBeside } from "@roadrunner/engine/story";
import { spokenDuration } from "../text/durations.ts";
import { safeLine } from "../text/safe-text.ts";

/** So often within one time of gathering ends are told before the starts that they made room for; a large run has too many. */
const MOST_TURNS = 6;

/** What hosts do, and how it is told of them: `upgrade started on fe1`, `upgrade drain at lb1 started for fe1`. */
export interface Act {
  readonly text: string;
  readonly on: "on" | "for";
}

interface Ended {
  readonly on: Act["on"];
  readonly hosts: string[];
  /** Infinity and 0 as long as nobody said how long it took. */
  shortestMs: number;
  longestMs: number;
}

interface Bad {
  readonly act: Act;
  readonly what: "lost" | "not started";
  reason: string;
  readonly hosts: string[];
}

/**
 * Starts, good ends, losses and what was withdrawn for the same reason that are told together, folded, instead of a line for each host.
 * Failures are never gathered.
 */
export class Gathered {
  /** By what they do. */
  readonly #started = new Map<string, { readonly on: Act["on"]; readonly hosts: string[] }>();
  /** By what they did and how. */
  readonly #ok = new Map<string, Ended>();
  /** By what they did, what became of it, and reason. */
  readonly #bad = new Map<string, Bad>();
  #sinceMs: number | undefined;
  /** What came before, as texts: hosts that start after others ended are told after them. */
  readonly #before: string[] = [];
  #turns = 0;

  start({ text, on }: Act, host: string, nowMs: number): void {
    this.#sinceMs ??= nowMs;
    if (this.#ok.size > 0 && this.#turns < MOST_TURNS) this.#turn();
    const started = this.#started.get(text);
    if (started === undefined) this.#started.set(text, { on, hosts: [host] });
    else started.hosts.push(host);
  }

  /** `how`: `ok`, or what is worth more to know. */
  ok({ text, on }: Act, how: string, host: string, durationMs: number | undefined, nowMs: number): void {
    this.#sinceMs ??= nowMs;
    const what = `${text} ${how}`;
    const ended = this.#ok.get(what) ?? { on, hosts: [], shortestMs: Infinity, longestMs: 0 };
    this.#ok.set(what, ended);
    ended.hosts.push(host);
    if (durationMs === undefined) return;
    ended.shortestMs = Math.min(ended.shortestMs, durationMs);
    ended.longestMs = Math.max(ended.longestMs, durationMs);
  }

  /** A server or worker that dies loses many at once; a stop withdraws many. */
  bad(act: Act, what: Bad["what"], host: string, reason: string, nowMs: number): void {
    this.#sinceMs ??= nowMs;
    const alike = alikeReason(host, reason);
    const own = reasonBeside(host, reason);
    const key = `${act.text} ${what} ${alike}`;
    const known = this.#bad.get(key);
    if (known === undefined) {
      this.#bad.set(key, { act, what, reason: own, hosts: [host] });
      return;
    }
    known.hosts.push(host);
    if (known.reason !== own) known.reason = alike;
  }

  /** Since when something waits to be told. */
  get sinceMs(): number | undefined {
    return this.#sinceMs;
  }

  /** What waits, as texts; nothing waits after this. */
  take(): readonly string[] {
    this.#turn();
    this.#turns = 0;
    this.#sinceMs = undefined;
    return this.#before.splice(0);
  }

  #turn(): void {
    const texts = [...this.#started].map(
      ([act, { on, hosts }]) => `${act} started ${on} ${foldHosts(hosts)}`,
    );
    for (const [what, { on, hosts, shortestMs, longestMs }] of this.#ok) {
      texts.push(`${what} ${on} ${foldHosts(hosts)}${tookText(shortestMs, longestMs)}`);
    }
    for (const { act, what, hosts, reason } of this.#bad.values())
      texts.push(`${act.text} ${what} ${act.on} ${foldHosts(hosts)}: ${safeLine(reason)}`);
    this.#bad.clear();
    this.#started.clear();
    this.#ok.clear();
    this.#before.push(...texts);
    this.#turns += 1;
  }
}

/** ` (0.3 s)`, ` (0.3 s to 2.0 s)`; empty where nobody said it. */
function tookText(shortestMs: number, longestMs: number): string {
  if (shortestMs === Infinity) return "";
  const [shortest, longest] = [spokenDuration(shortestMs), spokenDuration(longestMs)];
  return shortest === longest ? ` (${longest})` : ` (${shortest} to ${longest})`;
}
