import { problem } from "../../transport/problem.ts";
import type { TransportProblem } from "../../transport/transport.ts";

/** A jump host tells in words why it could not connect. */
export function forwardProblem(
  jump: string,
  to: string,
  words: string,
  isProhibited: boolean,
): TransportProblem {
  const message = `${jump} could not connect to ${to}: ${words}`;
  if (isProhibited)
    return problem("route", `${jump} does not forward to ${to}: ${words} (AllowTcpForwarding, PermitOpen)`, {
      noRetry: true,
    });
  if (/refused/i.test(words)) return problem("refused", message);
  if (/timed out/i.test(words)) return problem("timeout", message);
  if (/not known|no address|resolve/i.test(words)) return problem("name", message);
  return problem("route", message);
}
