/** What operators sign for with `ssh-keygen -Y`; allowed_signers' `namespaces` may name it. */
export const NAMESPACE = "roadrunner";

/** What they sign with to log in to a coordinator: a signature for a run is none for a login, and the other way round. */
export const LOGIN_NAMESPACE = "roadrunner-login@v1";

/** A certificate is renewed by whoever carries the run; what leaks of one serves no longer than this. */
export const CERTIFICATE_LIFE_MS = 24 * 3_600_000;
/** How long what is signed or sealed may wait for a worker. */
export const MESSAGE_LIFE_MS = 15 * 60_000;
/** Difference between the clocks of client and worker that is borne. */
export const MAX_SKEW_MS = 5 * 60_000;
/** Difference that is warned about. */
export const WARN_SKEW_MS = 60_000;
