import type { TransportProblem } from "../../transport/transport.ts";
import { problem } from "../../transport/problem.ts";

export type HandshakeStage = "greeting" | "key exchange" | "login";

/** What an error of ssh2 before the login means. */
export function protocolProblem(
  where: string,
  stage: HandshakeStage,
  error: Error & { readonly level?: string; readonly code?: unknown },
): TransportProblem {
  const { message, level } = error;
  if (/no matching host key/i.test(message)) {
    return problem(
      "protocol",
      `${where}: ${message}: it has no key of a kind that is taken (a server with ssh-rsa alone, which is SHA-1's, is ` +
        `let through by "HostKeyAlgorithms +ssh-rsa" in ssh_config; host certificates need --transport auto or openssh)`,
      { noRetry: true },
    );
  }
  if (/no matching/i.test(message)) {
    return problem(
      "protocol",
      `${where}: ${message}: the server and this worker have no algorithm in common (Ciphers, KexAlgorithms and MACs in ` +
        `ssh_config narrow them; post-quantum-only servers are not supported)`,
      { noRetry: true },
    );
  }
  if (stage === "greeting" && level !== "client-socket" && level !== "client-timeout")
    return problem("protocol", `${where} does not speak SSH: ${message}`);
  return problem("protocol", `${where}: ${message} (during the ${stage})`);
}

/**
 * A server that closes before its greeting: one with too many logins under way (MaxStartups, penalties), for
 * which it is worth another try, or none of SSH's, which says something else.
 */
export function beforeGreeting(
  where: string,
  because: string,
  heard: string,
): { readonly kind: "failed" | "turnedAway"; readonly problem: TransportProblem } {
  const said = heard.split(/[\r\n]/)[0]?.replaceAll(/[^\x20-\x7e]/g, "?") ?? "";
  if (said === "")
    return { kind: "turnedAway", problem: problem("protocol", `${where}: ${because} (during the greeting)`) };
  if (/^(Exceeded MaxStartups|Not allowed at this time)/.test(said))
    return { kind: "turnedAway", problem: problem("protocol", `${where} closed the connection: "${said}"`) };
  return { kind: "failed", problem: problem("protocol", `${where} does not speak SSH; it said "${said}"`) };
}
