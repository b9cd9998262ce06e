/** A coordinator as rr-submit uses it: its API over HTTP, on a Unix socket or over TLS, and the login there. */
export type { ApiFault } from "./connection/api-fault.ts";
export { CoordinatorClient } from "./client.ts";
export { clientOf, type CoordinatorOptions } from "./client-of.ts";
export { followEvents } from "./follow-events.ts";
export { handOverOnce } from "./hand-over-once.ts";
export { signedFor, type SignOptions } from "./sign-plan.ts";
