import type { TransportProblem } from "../../transport/lease.ts";
import { messageOf, problem } from "../../transport/problem.ts";

/** What a failed name lookup means: no such name is the name's fault, no answer the resolver's. */
export function lookupProblem(hostname: string, error: unknown): TransportProblem {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "ENOTFOUND" || code === "ENODATA")
    return problem(
      "name",
      `the name ${hostname} does not exist (${code}); check the name, or give HostName in ssh_config or an address in the inventory`,
    );
  return problem(
    "local",
    `the name ${hostname} could not be looked up (${code || messageOf(error)}): the resolver of this worker's box does not answer`,
  );
}

/** What a failed TCP connection means, and whose fault it is. */
export function connectProblem(
  address: string,
  port: number,
  error: NodeJS.ErrnoException,
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
      });
    case "ETIMEDOUT":
      return problem("timeout", `no answer from ${where}: the host is down, or a firewall drops the packets`);
    case "ECONNRESET":
      return problem("protocol", `${where} closed the connection before its greeting`);
    case "EINVAL":
      return problem("name", `${address} is no address that can be connected to from here (EINVAL)`);
    case "EMFILE":
    case "ENFILE":
      return problem(
        "local",
        `cannot connect to ${where}: this worker is out of file descriptors (ulimit -n)`,
      );
    case "EADDRNOTAVAIL":
      return problem(
        "local",
        `cannot connect to ${where}: this worker's box has no free local port, or not the BindAddress`,
      );
    default:
      return problem("local", `cannot connect to ${where}: ${error.message}`);
  }
}
