/** A coordinator as rr-submit uses it: its API over HTTP on a Unix socket. */
export type { ApiFault } from "./api-fault.ts";
export { CoordinatorClient, type Health } from "./client.ts";
export { followEvents, type FollowEnd } from "./follow-events.ts";
export { handOverOnce } from "./hand-over-once.ts";
