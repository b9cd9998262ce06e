import { notConfirmed, type GatePlan } from "@roadrunner/core";
import type {
  AnswerKind,
  GateAnswered,
  GateStanding,
  JobStanding,
  WaitStory,
} from "@roadrunner/engine/story";
import { ASKS_BEFORE, askedBefore, mostFails, notPassed } from "@roadrunner/engine/story";
import { spokenDuration } from "../text/durations.ts";
import { clip, safeLine } from "../text/safe-text.ts";
import type { Ink } from "../text/style.ts";

/** Of a text that comes from a server of others. */
const MAX_WIDTH = 300;

/** What a gate said, or why a job holds, on one line. */
export function toldText(text: string): string {
  return clip(safeLine(text), MAX_WIDTH);
}

/** What a person said to a job that holds: `confirmed by ann@ops`, `not confirmed (ann@ops said no)`. */
export function answerText({ goOn, by }: { readonly goOn: boolean; readonly by?: string }): string {
  const who = by === undefined ? undefined : toldText(by);
  return goOn ? (who === undefined ? "confirmed" : `confirmed by ${who}`) : notConfirmed(who);
}

/** Behind a slot that somebody had to say yes to. */
export function confirmedText(by: string | undefined): string {
  return by === undefined ? "" : `, confirmed by ${toldText(by)}`;
}

/** `4:12`, `1:04:12`: what is left of a bake. */
export function clockText(ms: number): string {
  const seconds = Math.ceil(Math.max(0, ms) / 1000);
  const two = (n: number): string => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** `12 s`, `4 min 05 s`. */
export function ageText(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  return seconds < 60 ? `${seconds} s` : spokenDuration(seconds * 1000);
}

/** `gate latency 212, at most 300`: what it said last, without when. */
export function saidText({ name, last }: Pick<GateStanding, "name" | "last">): string {
  const answer = last.at(-1);
  return answer === undefined ? `gate ${safeLine(name)}` : `gate ${safeLine(name)} ${toldText(answer.text)}`;
}

/** `pass 12 s ago`, `fail 4 s ago, 2 of 3`, `inconclusive 4 s ago, for 3 min 10 s`, `not asked yet`. */
export function whenText(gate: GateStanding, isBefore: boolean, nowMs: number): string {
  const answer = gate.last.at(-1);
  if (answer === undefined) return gate.askedMs === undefined ? "not asked yet" : "asked, no answer yet";
  const ago = `${answer.kind} ${ageText(nowMs - answer.atMs)} ago`;
  if (answer.kind === "fail" && gate.fails > 0)
    return `${ago}, ${gate.fails} of ${mostFails(gate, isBefore)}`;
  const since = gate.sinceMs ?? answer.atMs;
  if (answer.kind === "pass" || since === answer.atMs) return ago;
  return `${ago}, for ${ageText(nowMs - since)}`;
}

export function answerInk(kind: AnswerKind | undefined): Ink {
  return kind === undefined ? "faint" : kind === "pass" ? "good" : kind === "fail" ? "bad" : "warn";
}

/** `12 pass, 2 fail, 1 inconclusive`; `not asked`. */
export function countsText({ counts }: Pick<GateStanding, "counts">): string {
  const told = (["pass", "fail", "inconclusive"] as const).filter((kind) => counts[kind] > 0);
  return told.length === 0 ? "not asked" : told.map((kind) => `${counts[kind]} ${kind}`).join(", ");
}

/** `2026-11-24 09:16:12`: a run may go on for days. */
export function momentText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

/** `2026-11-24 09:16:12 fail: 512, more than 300 (worker w1)`. */
export function answerLine({ atMs, kind, text, worker }: GateAnswered): string {
  const by = worker === undefined ? "" : ` (worker ${safeLine(worker)})`;
  return `${momentText(atMs)} ${kind}: ${toldText(text)}${by}`;
}

/** What the job waits for that is no host: `bake 4:12 left`. Undefined: nothing. */
export function waitText({ watch }: Pick<JobStanding, "watch">, nowMs: number): string | undefined {
  const wait = watch?.wait;
  if (watch === undefined || wait === undefined) return undefined;
  const waitsFor = notPassed(watch).map(({ name }) => safeLine(name));
  const gates = waitsFor.length === 0 ? "" : `, waits for gate ${waitsFor.join(", ")}`;
  switch (wait.kind) {
    case "before": {
      const asked = askedBefore(watch);
      return `gates: asked ${asked} of ${ASKS_BEFORE} times${asked < ASKS_BEFORE ? "" : gates}`;
    }
    case "bake": {
      const leftMs = (wait.untilMs ?? 0) - nowMs;
      if (leftMs > 0) return `bake ${clockText(leftMs)} left`;
      return wait.untilMs === wait.sinceMs ? `gates are asked anew${gates}` : `bake over${gates}`;
    }
    case "hold":
      return `holds for ${ageText(nowMs - wait.sinceMs)}: ${toldText(wait.reason ?? "")}`;
  }
}

/** Whether it waits for a person. */
export function holds({ watch }: Pick<JobStanding, "watch">): boolean {
  return watch?.wait?.kind === "hold";
}

/** What to type where a job holds; it is named where others of its slot hold as well. */
export function goOnTexts(
  run: string,
  { name }: Pick<JobStanding, "name">,
  ofSlot: readonly JobStanding[],
): readonly string[] {
  const which = ofSlot.filter(holds).length > 1 ? ` ${safeLine(name)}` : "";
  return [`go on: rr-submit confirm ${run}${which}`, `end it: rr-submit stop ${run}`];
}

/** `gates before the first host`, `bake after step 2`, `hold`. */
export function waitName({ kind, step }: WaitStory): string {
  if (kind === "before") return "gates before the first host";
  if (kind === "hold") return "hold";
  return step === undefined ? "bake" : `bake after step ${step}`;
}

/** What a gate asks: `p99_ms at http://prom:9090, at most 300`, `http://shop/health, status 200`, `check lbctl ok at lb1`. */
export function questionText({ prometheus, http, check }: GatePlan): string {
  if (prometheus !== undefined) {
    const { query, url, max, min } = prometheus;
    const bounds = [
      ...(min === undefined ? [] : [`at least ${min}`]),
      ...(max === undefined ? [] : [`at most ${max}`]),
    ];
    return `${query} at ${url}, ${bounds.join(" and ")}`;
  }
  if (http !== undefined) return `${http.url}, status ${http.status}`;
  if (check === undefined) return "";
  const { work, host } = check;
  return `check ${work.script === undefined ? (work.command ?? "") : `script ${work.script.name}`} at ${host.name}`;
}
