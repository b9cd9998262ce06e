/** It was right, and of no use any more: it is asked for again, or somebody else does it. */
const NO_USE = [
  /^not done: another coordinator has this run by now/,
  /^not done: the run was surely its coordinator's until/,
  /^it is older than this worker/,
  /^it expired at/,
  /^replayed: this worker has taken this submission before/,
  /^it was asked for before, and the host has no record of it/,
];

/** Whether a worker refuses so what is signed right. */
export function isOfNoUse(reason: string): boolean {
  return NO_USE.some((one) => one.test(reason));
}

/**
 * What workers refused that was not of no use any more, by the text of an audit log. Whoever is killed as he writes leaves
 * half a line at most, in which the next one begins. Pure.
 */
export function refusalsIn(audit: string): readonly string[] {
  return auditLines(audit).flatMap((line) => {
    const { outcome, blame, job, host, time, reason = "" } = line as Readonly<Record<string, string>>;
    return outcome !== "refused" || blame !== "submission" || isOfNoUse(reason)
      ? []
      : [`refused: ${job ?? "something"} on ${host ?? "a host"} at ${time ?? "?"}: ${reason}`];
  });
}

export function auditLines(audit: string): readonly object[] {
  return audit.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line.slice(Math.max(0, line.lastIndexOf('{"time":')))) as object];
    } catch {
      return [];
    }
  });
}
