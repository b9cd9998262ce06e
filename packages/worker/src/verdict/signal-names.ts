/** Linux's numbers (signal(7)), which a shell adds to 128 when a signal ended its child. */
const NAMES = (
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN " +
  "TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
).split(" ");

/** 143 → SIGTERM; nothing for an exit code that no signal gives. */
export function signalOfExitCode(code: number): string | undefined {
  const name = NAMES[code - 129];
  return name === undefined ? undefined : `SIG${name}`;
}
