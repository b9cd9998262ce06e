/** A coordinator as rr-submit uses it: its API over HTTP on a Unix socket. */
export type { ApiFault } from "./api-fault.ts";
export { CoordinatorClient } from "./client.ts";
export { followEvents } from "./follow-events.ts";
export { handOverOnce } from "./hand-over-once.ts";
