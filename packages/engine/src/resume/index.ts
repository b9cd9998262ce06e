/** What a journal's past comes to: where a run stands, what of it counts, what can be taken again. */
export { eventsThatCount } from "./events-that-count.ts";
export { failedWithoutStop, replay } from "./replay.ts";
export { hostsToRetry } from "./retries.ts";
