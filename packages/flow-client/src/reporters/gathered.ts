import { foldHosts } from "@roadrunner/core";
import { spokenDuration } from "./durations.ts";

interface Ended {
  readonly hosts: string[];
  shortestMs: number;
  longestMs: number;
}

/**
 * Starts and good ends that are told together, folded, instead of a line for each host. Failures are never
 * gathered.
 */
export class Gathered {
  readonly #started = new Map<string, string[]>();
  readonly #ok = new Map<string, Ended>();
  #sinceMs: number | undefined;

  start(job: string, host: string, nowMs: number): void {
    this.#sinceMs ??= nowMs;
    const hosts = this.#started.get(job);
    if (hosts === undefined) this.#started.set(job, [host]);
    else hosts.push(host);
  }

  ok(job: string, host: string, durationMs: number, nowMs: number): void {
    this.#sinceMs ??= nowMs;
    const ended = this.#ok.get(job);
    if (ended === undefined) {
      this.#ok.set(job, { hosts: [host], shortestMs: durationMs, longestMs: durationMs });
      return;
    }
    ended.hosts.push(host);
    ended.shortestMs = Math.min(ended.shortestMs, durationMs);
    ended.longestMs = Math.max(ended.longestMs, durationMs);
  }

  /** Since when something waits to be told. */
  get sinceMs(): number | undefined {
    return this.#sinceMs;
  }

  /** What waits, as texts; nothing waits after this. */
  take(): readonly string[] {
    const texts = [...this.#started].map(([job, hosts]) => `${job} started on ${foldHosts(hosts)}`);
    for (const [job, { hosts, shortestMs, longestMs }] of this.#ok) {
      const took =
        spokenDuration(shortestMs) === spokenDuration(longestMs)
          ? spokenDuration(longestMs)
          : `${spokenDuration(shortestMs)} to ${spokenDuration(longestMs)}`;
      texts.push(`${job} ok on ${foldHosts(hosts)} (${took})`);
    }
    this.#started.clear();
    this.#ok.clear();
    this.#sinceMs = undefined;
    return texts;
  }
}
