/** What a host's own file says: one line when a command starts, one when it ends, one when the host crashed. */
export type HostLine =
  | { readonly kind: "start"; readonly job: string; readonly attempt: number; readonly upS: number }
  | {
      readonly kind: "end";
      readonly job: string;
      readonly attempt: number;
      readonly upS: number;
      readonly code: number;
    }
  | { readonly kind: "crash"; readonly upS: number };

/** What a command that was ended by SIGTERM writes as its exit code. */
export const TERMINATED = 143;

/**
 * Shell text that keeps the host's file around some work. `work` sets `c`, the exit code, if it is not 0. Nothing
 * here forks, so that each line is one write, at the moment that it tells.
 */
export function loggedCommand(work: string): string {
  return [
    "f=$FAULT_DIR/$RR_HOST; c=0",
    'say() { read -r u x </proc/uptime; echo "$1 $RR_JOB $RR_ATTEMPT $u $2" >>"$f"; }',
    `trap 'say end ${TERMINATED}; exit ${TERMINATED}' TERM`,
    "say start -",
    work,
    "say end $c; exit $c",
  ].join("\n");
}

/** @param upS of the host, in seconds */
export function crashLine(upS: number): string {
  return `crash - - ${upS.toFixed(2)}\n`;
}

/** Throws at a line that none of ours wrote: then the file proves nothing. */
export function parseHostLog(text: string): readonly HostLine[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [kind, job = "", attempt = "", upS = "", code = ""] = line.split(" ");
      if (kind === "crash" && upS !== "") return { kind, upS: Number(upS) };
      const at = { job, attempt: Number(attempt), upS: Number(upS) };
      if (kind === "start" && upS !== "") return { kind, ...at };
      if (kind === "end" && code !== "") return { kind, ...at, code: Number(code) };
      throw new Error(`not a line of a host's file: ${JSON.stringify(line)}`);
    });
}
