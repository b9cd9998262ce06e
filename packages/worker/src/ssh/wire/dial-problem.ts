import type { TransportProblem } from "../../transport/transport.ts";
import { messageOf, problem, seconds } from "../../transport/problem.ts";
import { boxFault } from "../../transport/box-fault.ts";

/** That there is no such name, is an answer. */
export function isAnswer(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOTFOUND" || code === "ENODATA";
}

const OTHER_WAYS = "give HostName in ssh_config or an address in the inventory";

/**
 * What a failed name lookup means: no such name is the name's fault, no answer that of the name's own servers where
 * the resolver answers for others, and else the resolver's.
 */
export function lookupProblem(
  hostname: string,
  error: unknown,
  othersAreAnswered: boolean,
): TransportProblem {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (isAnswer(error))
    return problem("name", `the name ${hostname} does not exist (${code}); check the name, or ${OTHER_WAYS}`);
  if (othersAreAnswered)
    return problem(
      "name",
      `the name ${hostname} could not be looked up (${code || messageOf(error)}), while others are: the servers of ` +
        `its zone do not answer; mend them, or ${OTHER_WAYS}`,
      { noRetry: false },
    );
  return problem(
    "local",
    `the name ${hostname} could not be looked up (${code || messageOf(error)}): the resolver of this worker's box does not answer`,
  );
}

/** A lookup that took all the time there was. */
export function unresolvedProblem(
  hostname: string,
  withinMs: number,
  othersAreAnswered: boolean,
): TransportProblem {
  const message = `the name ${hostname} was not resolved in ${seconds(withinMs)}`;
  return othersAreAnswered
    ? problem(
        "timeout",
        `${message}, while others are: the servers of its zone do not answer; mend them, or ${OTHER_WAYS}`,
      )
    : problem("timeout", `${message}; does the resolver of this worker's box answer?`, { blame: "worker" });
}

/** What a failed TCP connection means, and whose fault it is. */
export function connectProblem(
  address: string,
  port: number,
  error: NodeJS.ErrnoException,
  isBound = false,
): TransportProblem {
  const where = `${address} port ${port}`;
  switch (error.code) {
    case "ECONNREFUSED":
      return problem("refused", `connection to ${where} refused: no sshd listens there`);
    case "EHOSTUNREACH":
      return problem("route", `no route to ${where}: the host is down, or a firewall rejects`);
    case "ENETUNREACH":
      return problem("route", `no route from this worker's box to the network of ${where}`, {
        blame: "worker",
        unless: "route",
      });
    case "ETIMEDOUT":
      return problem("timeout", `no answer from ${where}: the host is down, or a firewall drops the packets`);
    case "ECONNRESET":
      return problem("protocol", `${where} closed the connection before its greeting`);
    case "EINVAL":
      return problem("name", `${address} is not an address that this worker's box can connect to (EINVAL)`);
    case "EMFILE":
    case "ENFILE":
      return problem("local", `cannot connect to ${where}: ${boxFault(error)}`);
    case "EADDRNOTAVAIL":
      return problem(
        "local",
        `cannot connect to ${where}: this worker's box has no free local port, or does not have the BindAddress`,
        isBound ? { unless: "route" } : {},
      );
    default:
      return problem("local", `cannot connect to ${where}: ${error.message}`, { unless: "route" });
  }
}
