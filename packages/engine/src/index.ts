/** Carries a run of a plan: sends its tasks, hears their ends, decides, records. Who shows it and who asks is given. */
export type { NewRun, ResumedRun, SubmittedRun } from "./run/submit-run.ts";
export { functionsOf, submitRun } from "./run/submit-run.ts";
export type { Ownership } from "./protect/ownership.ts";
export type { Operator, RunJournal, RunResult } from "./run/ports.ts";
export type { Answer, Asked, Waiting } from "./run/questions.ts";
export { Questions } from "./run/questions.ts";
export { nonce, runId } from "./run-id.ts";
export { planDigest, RunSigner } from "./protect/run-signer.ts";
export type { KeyOptions, Protection } from "./keys/protection.ts";
export { protectionOf } from "./keys/protection.ts";
export { openPoolKeys, openPoolSeal } from "./keys/pool-seal.ts";
export { Wrapping } from "./protect/wrapping.ts";
export { serverInUse, waitForServer } from "./server/gearman-link.ts";
export type { Reached, ReachOptions, Unreached, WorkerLink } from "./server/reach-workers.ts";
export { linkTo, lookForWorkers, reachWorkers } from "./server/reach-workers.ts";
export { startWorkerLine } from "./server/start-worker-line.ts";
export { longestSilenceMs } from "./watch/longest-silence.ts";
export { WorkerWatch, workersFor } from "./server/worker-watch.ts";
