/** The word by which rr-submit starts itself for a run that goes on without it; a run id follows. */
export const CARRY_DETACHED = "--carry-detached";
