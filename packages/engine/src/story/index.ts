/** A run as its events tell it: what every view and report is made of. */
export type { JobStanding, JobStory } from "./job-story.ts";
export { alikeReason, reasonBeside } from "./alike-reason.ts";
export type { GroupOutput, OutputGroup } from "./output-groups.ts";
export { keptStream, readableText, stderrOf, stdoutOf, type KeptStream } from "./readable-text.ts";
export { nameAmong, stageTimes, type StageTimes } from "./stage-story.ts";
export { fullestValues } from "./spread-story.ts";
export type { SlotStory } from "./run-story.ts";
export { RunStory, type StoryOptions } from "./run-story.ts";
export type { TaskStory } from "./task-story.ts";
export { byName, firstHost } from "./output-groups.ts";
export { LAST_ANSWERS, type AnswerKind, type GateAnswered, type GateStanding } from "./gate-story.ts";
export {
  ASKS_BEFORE,
  askedBefore,
  mostFails,
  notPassed,
  type Evidence,
  type WaitKind,
  type WaitStory,
  type WatchStory,
} from "./watch-story.ts";
