/** What a shell offers where somebody presses the Tab key. */
export type { Candidate, Completer, Completion } from "./complete.ts";
export { completionText } from "./complete.ts";
export { plainWords, valueOnLine } from "./place.ts";
export { ASK_COMPLETIONS, completionScript, type Shell, shellOf, SHELLS } from "./scripts.ts";
export { serviceCompletion } from "./service-completion.ts";
export type { TypedLine } from "./typed-line.ts";
