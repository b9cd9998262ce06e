/** The worker's public entry: what `rr-submit --local` starts. The options for that are at "@roadrunner/worker/options". */
export { Authority } from "./authority/authority.ts";
export { startWorker } from "./start-worker.ts";
