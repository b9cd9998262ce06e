/** That one process alone carries a run. */
export type { LockFault, RunLock } from "./run-lock.ts";
export { askHolder, isLocked, pruneLocks, takeLock } from "./run-lock.ts";
