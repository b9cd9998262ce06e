/** Why a worker kills a command. */
export type StopCause = "cancelled" | "timedOut";
