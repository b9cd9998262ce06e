import type { SshProblem } from "./lease.ts";
import { problem } from "./problem.ts";

export type HandshakeStage = "greeting" | "key exchange" | "login";

/** What an error of ssh2 before the login means. */
export function protocolProblem(
  where: string,
  stage: HandshakeStage,
  error: Error & { readonly level?: string; readonly code?: unknown },
): SshProblem {
  const { message, level } = error;
  if (/no matching/i.test(message)) {
    return problem(
      "protocol",
      `${where}: ${message}: the server and this worker have no algorithm in common (certificates and ` +
        `post-quantum-only servers are not supported)`,
      { noRetry: true },
    );
  }
  if (stage === "greeting" && level !== "client-socket" && level !== "client-timeout")
    return problem("protocol", `${where} does not speak SSH: ${message}`);
  return problem("protocol", `${where}: ${message} (during the ${stage})`);
}
