import { foldHosts } from "@roadrunner/core";
import { alikeReason, reasonBeside } from "@roadrunner/engine/story";
import { spokenDuration } from "../text/durations.ts";
import { safeLine } from "../text/safe-text.ts";

/** So often within one time of gathering ends are told before the starts that they made room for; a large run has too many. */
const MOST_TURNS = 6;

interface Ended {
  readonly hosts: string[];
  /** Infinity and 0 as long as nobody said how long it took. */
  shortestMs: number;
  longestMs: number;
}

/**
 * Starts, good ends and losses for the same reason that are told together, folded, instead of a line for each host.
 * Failures are never gathered.
 */
export class Gathered {
  readonly #started = new Map<string, string[]>();
  /** By job and how. */
  readonly #ok = new Map<string, Ended>();
  /** By job and reason. */
  readonly #lost = new Map<string, { readonly job: string; reason: string; readonly hosts: string[] }>();
  #sinceMs: number | undefined;
  /** What came before, as texts: hosts that start after others ended are told after them. */
  readonly #before: string[] = [];
  #turns = 0;

  start(job: string, host: string, nowMs: number): void {
    this.#sinceMs ??= nowMs;
    if (this.#ok.size > 0 && this.#turns < MOST_TURNS) this.#turn();
    const hosts = this.#started.get(job);
    if (hosts === undefined) this.#started.set(job, [host]);
    else hosts.push(host);
  }

  /** `how`: `ok`, or what is worth more to know. */
  ok(job: string, how: string, host: string, durationMs: number | undefined, nowMs: number): void {
    this.#sinceMs ??= nowMs;
    const what = `${job} ${how}`;
    const ended = this.#ok.get(what) ?? { hosts: [], shortestMs: Infinity, longestMs: 0 };
    this.#ok.set(what, ended);
    ended.hosts.push(host);
    if (durationMs === undefined) return;
    ended.shortestMs = Math.min(ended.shortestMs, durationMs);
    ended.longestMs = Math.max(ended.longestMs, durationMs);
  }

  /** A server or worker that dies loses many at once. */
  lost(job: string, host: string, reason: string, nowMs: number): void {
    this.#sinceMs ??= nowMs;
    const alike = alikeReason(host, reason);
    const own = reasonBeside(host, reason);
    const key = `${job} ${alike}`;
    const lost = this.#lost.get(key);
    if (lost === undefined) {
      this.#lost.set(key, { job, reason: own, hosts: [host] });
      return;
    }
    lost.hosts.push(host);
    if (lost.reason !== own) lost.reason = alike;
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
    const texts = [...this.#started].map(([job, hosts]) => `${job} started on ${foldHosts(hosts)}`);
    for (const [what, { hosts, shortestMs, longestMs }] of this.#ok) {
      texts.push(`${what} on ${foldHosts(hosts)}${tookText(shortestMs, longestMs)}`);
    }
    for (const { job, hosts, reason } of this.#lost.values())
      texts.push(`${job} lost on ${foldHosts(hosts)}: ${safeLine(reason)}`);
    this.#lost.clear();
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
