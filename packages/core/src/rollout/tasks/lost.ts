import { askAgainDelayMs } from "./delays.ts";
import { formatMs } from "../duration-text.ts";
import type { JobState } from "../state/job-state.ts";
import { announce, type Turn } from "../state/state.ts";
import { refOf, type LostEpisode, type TaskState } from "../state/task-state.ts";
import { endTask, submit, waitInMode } from "./tasks.ts";

/** One word counts for so long at most, so that a client that slept for a night gives up no task for it. */
const MOST_COUNTED_MS = 60_000;

/** The part of `taskLost` that an answer without news has as well. */
export interface LostWord {
  readonly reason: string;
  readonly answered?: boolean;
  readonly silentMs?: number;
  readonly submission?: number;
}

/** A lost task is asked again until somebody knows its end, or the answers have said nothing for too long. */
export function lose(turn: Turn, job: JobState, task: TaskState, word: LostWord): void {
  if (task.mode !== "submitted" && task.mode !== "started") return;
  if (word.submission !== undefined && word.submission !== task.submission) return;
  const { now, options } = turn.run;
  announce(turn, { type: "taskLost", task: refOf(task), reason: word.reason });
  const episode = episodeOf(task, now, options.lostTimeoutMs);
  if (word.silentMs !== undefined) episode.silentMs += word.silentMs;
  else if (word.answered !== false) episode.silentMs += Math.min(now - episode.lastWordAt, MOST_COUNTED_MS);
  episode.lastWordAt = now;
  task.lost = episode;
  if (episode.silentMs >= options.lostTimeoutMs) {
    const times = episode.asks === 1 ? "once" : `${episode.asks} times`;
    const asked = `asked again ${times}, and no answer within ${formatMs(options.lostTimeoutMs)} said how it ended`;
    giveUp(turn, job, task, word, `${word.reason}; ${asked}`);
    return;
  }
  const delayMs = askAgainDelayMs(episode.asks);
  if (delayMs > 0) waitInMode(turn, task, "asking", delayMs);
  else askAgain(turn, job, task);
}

/** Its run was left and is gone on with, so that nobody heard what became of it: as lost as by a dead worker. */
export function askAgainAtResume(turn: Turn, job: JobState, task: TaskState): void {
  if (task.mode !== "submitted" && task.mode !== "started") return;
  task.lost = { asks: 0, silentMs: 0, lastWordAt: turn.run.now };
  askAgain(turn, job, task);
}

export function askAgain(turn: Turn, job: JobState, task: TaskState): void {
  if (task.lost !== undefined) task.lost.asks += 1;
  submit(turn, job, task, true);
}

/** A task that ran undisturbed for lostTimeoutMs since its last loss is lost afresh. */
function episodeOf(task: TaskState, now: number, lostTimeoutMs: number): LostEpisode {
  const undisturbed = task.mode === "started" && now - task.startedAt >= lostTimeoutMs;
  if (task.lost !== undefined && !undisturbed) return task.lost;
  return { asks: 0, silentMs: 0, lastWordAt: now };
}

function giveUp(turn: Turn, job: JobState, task: TaskState, word: LostWord, reason: string): void {
  const blame = word.answered === true ? "host" : "worker";
  endTask(turn, job, task, refOf(task), { outcome: "unknown", blame, reason, mayBeRunning: true });
}
