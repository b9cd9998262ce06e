import { createConnection, isIP, type Socket } from "node:net";
import { fail, defined, succeed, type Result } from "@roadrunner/core";
import type { TransportProblem } from "../../transport/transport.ts";
import { connectProblem } from "./dial-problem.ts";
import { problem, seconds } from "../../transport/problem.ts";
import { aborted, type Deadline } from "./deadline.ts";
import type { Resolver } from "./resolver.ts";

export interface DialInput {
  readonly hostname: string;
  readonly port: number;
  /** 0 is any. */
  readonly addressFamily: 0 | 4 | 6;
  readonly bindAddress?: string;
  /** Bound for the TCP connection alone, all addresses together. */
  readonly connectTimeoutMs?: number;
}

/**
 * Looks the name up and connects to its addresses one after another, as ssh does; each gets its share of
 * the time that is left.
 */
export async function dial(
  input: DialInput,
  resolver: Resolver,
  deadline: Deadline,
): Promise<Result<Socket, TransportProblem>> {
  const addresses = await addressesOf(input, resolver, deadline);
  if (!addresses.ok) return addresses;
  const limitMs = input.connectTimeoutMs ?? Number.POSITIVE_INFINITY;
  const endsAt = performance.now() + Math.min(deadline.leftMs(), limitMs);
  let last: TransportProblem | undefined;
  for (const [index, address] of addresses.value.entries()) {
    const shareMs = Math.max(0, endsAt - performance.now()) / (addresses.value.length - index);
    const socket = await connectTo(address, input, shareMs, deadline);
    if (socket.ok) return socket;
    last = socket.error;
    if (deadline.isAborted()) break;
  }
  return fail(last ?? problem("name", `${input.hostname} has no address`));
}

async function addressesOf(
  { hostname, addressFamily }: DialInput,
  resolver: Resolver,
  deadline: Deadline,
): Promise<Result<string[], TransportProblem>> {
  const family = isIP(hostname);
  if (family !== 0 && addressFamily !== 0 && family !== addressFamily)
    return fail(
      problem(
        "name",
        `${hostname} is no IPv${addressFamily} address, as AddressFamily in ssh_config asks for`,
      ),
    );
  if (family !== 0) return succeed([hostname]);
  return resolver.addresses(hostname, addressFamily, deadline);
}

function connectTo(
  address: string,
  { port, bindAddress }: DialInput,
  withinMs: number,
  deadline: Deadline,
): Promise<Result<Socket, TransportProblem>> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: address, port, ...defined({ localAddress: bindAddress }) });
    const settle = (result: Result<Socket, TransportProblem>) => {
      clearTimeout(timer);
      stopListening();
      socket.removeListener("connect", onConnect);
      socket.removeListener("error", onError);
      // Whoever takes it over may not listen at once.
      socket.on("error", () => {});
      if (!result.ok) socket.destroy();
      resolve(result);
    };
    const onConnect = () => {
      // Without it each exec waits some 40 ms: Nagle's algorithm against delayed acknowledgements.
      socket.setNoDelay(true);
      settle(succeed(socket));
    };
    const onError = (error: NodeJS.ErrnoException) =>
      settle(fail(connectProblem(address, port, error, bindAddress !== undefined)));
    const timer = setTimeout(
      () =>
        settle(
          fail(
            problem(
              "timeout",
              `no answer from ${address} port ${port} in ${seconds(withinMs)}: the host is down, or a firewall drops the packets`,
            ),
          ),
        ),
      withinMs,
    );
    const stopListening = deadline.onAbort(() => settle(fail(aborted())));
    socket.once("connect", onConnect);
    socket.once("error", onError);
  });
}
