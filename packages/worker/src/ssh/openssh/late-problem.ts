import { problem, seconds } from "../../transport/problem.ts";
import type { TransportProblem } from "../../transport/transport.ts";
import type { MasterLog } from "./master-log.ts";

/** What ssh waited for when the time was up: before it connects, that is on this worker's box. */
export function lateProblem(
  where: string,
  { stage, lines }: Pick<MasterLog, "stage" | "lines">,
  withinMs: number,
): TransportProblem {
  const late = `${where} was not ready within ${seconds(withinMs)}`;
  if (stage !== "lookup") {
    const isOpen = stage !== "connect";
    return problem("timeout", `${late}: ${isOpen ? "connected, but " : ""}no answer during the ${stage}`);
  }
  if (lines.length === 0)
    return problem("local", `${late}: ssh on this worker's box says nothing: run "ssh -v" there by hand`);
  const exec = /^debug1: Executing command: '(.*)'$/.exec(lines.at(-1) ?? "")?.[1];
  if (exec === undefined) return problem("timeout", `${late}: no answer during the lookup of its name`);
  // ssh does not tell when the command ends; what comes next is the lookup.
  return problem(
    "local",
    `${late}: on this worker's box "${exec}" (Match exec in ssh_config) did not end, or the lookup of the host's name ` +
      `after it did not: run both there by hand`,
    { unless: "route" },
  );
}
