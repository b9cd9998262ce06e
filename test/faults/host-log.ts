/**
 * What a host's own file says: one line when a command starts, one when it ends (of a stage `job` is JOB/STAGE, at another host JOB/STAGE@TARGET), and one
 * when something was done to the host: its processes were killed (crash), its records removed (forget), or both in a new container (renew).
 */
export type HostLine =
  | { readonly kind: "start"; readonly job: string; readonly attempt: number; readonly upS: number }
  | {
      readonly kind: "end";
      readonly job: string;
      readonly attempt: number;
      readonly upS: number;
      readonly code: number;
    }
  | { readonly kind: HostFault; readonly upS: number };

export type HostFault = "crash" | "forget" | "renew";

const FAULTS: readonly string[] = ["crash", "forget", "renew"] satisfies HostFault[];

/** What a command that was ended by SIGTERM writes as its exit code. */
export const TERMINATED = 143;

/**
 * Shell text that keeps the host's file around some work, and says a word of output behind its start, by which those
 * who heard it are known. `work` sets `c`, the exit code, if it is not 0. Nothing here forks, so that each line is
 * one write, at the moment that it tells.
 */
export function loggedCommand(work: string): string {
  return [
    "f=$FAULT_DIR/$RR_HOST; c=0",
    'say() { read -r u x </proc/uptime; echo "$1 $RR_JOB${RR_STAGE:+/$RR_STAGE}${RR_TARGET:+@$RR_TARGET} $RR_ATTEMPT $u $2" >>"$f"; }',
    `trap 'say end ${TERMINATED}; exit ${TERMINATED}' TERM`,
    "say start -; echo started",
    work,
    "say end $c; exit $c",
  ].join("\n");
}

/** @param upS of the host, in seconds */
export function faultLine(kind: HostFault, upS: number): string {
  return `${kind} - - ${upS.toFixed(2)}\n`;
}

/** Throws at a line that none of ours wrote: then the file proves nothing. */
export function parseHostLog(text: string): readonly HostLine[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [kind = "", job = "", attempt = "", upS = "", code = ""] = line.split(" ");
      if (isFault(kind) && upS !== "") return { kind, upS: Number(upS) };
      const at = { job, attempt: Number(attempt), upS: Number(upS) };
      if (kind === "start" && upS !== "") return { kind, ...at };
      if (kind === "end" && code !== "") return { kind, ...at, code: Number(code) };
      throw new Error(`not a line of a host's file: ${JSON.stringify(line)}`);
    });
}

function isFault(kind: string): kind is HostFault {
  return FAULTS.includes(kind);
}
