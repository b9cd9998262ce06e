import type { Duplex } from "node:stream";
import ssh2, { type AnyAuthMethod, type Client } from "ssh2";
import { fail, succeed, type Result } from "@roadrunner/core";
import type { Deadline } from "./deadline.ts";
import type { HostSettings } from "./host-settings.ts";
import type { Identities } from "./identities.ts";
import type { SshProblem } from "./lease.ts";
import { messageOf, problem } from "./problem.ts";

export interface HandshakeInput {
  readonly stream: Duplex;
  readonly settings: HostSettings;
  /** The host in messages, such as "db1 (10.0.0.5 port 22)". */
  readonly where: string;
  readonly identities: Identities;
  readonly deadline: Deadline;
  /** Judges the key that the server shows. */
  readonly checkHostKey: (blob: Buffer) => SshProblem | undefined;
}

export interface Handshaken {
  readonly client: Client;
  /** The server's software version. */
  readonly server: string;
}

/** Key exchange, host key and login on a connected stream; whatever happens ends in one value. */
export function handshake(input: HandshakeInput): Promise<Result<Handshaken, SshProblem>> {
  const { stream, settings, where, identities, deadline } = input;
  return new Promise((resolve) => {
    const client = new ssh2.Client();
    let settled = false;
    let stage = "greeting";
    let cause: SshProblem | undefined;
    const timer = setTimeout(() => give(fail(late(where, stage, deadline))), deadline.leftMs());
    const stopListening = deadline.onAbort(() => give(fail(problem("aborted", "stopped while connecting"))));
    const give = (result: Result<Handshaken, SshProblem>) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      stopListening();
      if (!result.ok) {
        client.destroy();
        stream.destroy();
      }
      resolve(result);
    };
    const tried: string[] = [];
    const attempts = identities.usable.map((identity): [string, AnyAuthMethod] => [
      identity.label,
      identity.agent === undefined
        ? { type: "publickey", username: settings.user, key: identity.key as never }
        : ({ type: "agent", username: settings.user, agent: identity.agent } as never),
    ]);
    attempts.unshift(["", { type: "none", username: settings.user }]);
    client.on("error", (error: Error & { level?: string; code?: unknown }) => {
      // The agent refused one key; ssh2 goes on to the next.
      if (error.level === "agent") return;
      cause ??= handshakeProblem(where, stage, error);
      give(fail(cause));
    });
    client.on("close", () =>
      give(fail(cause ?? problem("protocol", `${where} closed the connection during the ${stage}`))),
    );
    client.on("greeting", () => {});
    client.on("handshake", () => {
      stage = "login";
    });
    client.on("ready", () => {
      const server = (client as unknown as { _remoteVer?: string })._remoteVer ?? "";
      give(succeed({ client, server }));
    });
    try {
      client.connect({
        sock: stream,
        username: settings.user,
        readyTimeout: 0,
        keepaliveInterval: 15_000,
        keepaliveCountMax: 3,
        hostVerifier: (blob: Buffer) => {
          stage = "key exchange";
          cause ??= input.checkHostKey(blob);
          return cause === undefined;
        },
        authHandler: (_left, _partial, next) => {
          const attempt = attempts.shift();
          if (attempt !== undefined) {
            if (attempt[0] !== "") tried.push(attempt[0]);
            next(attempt[1]);
            return;
          }
          cause ??= loginRefused(where, settings, tried, identities);
          next(false as never);
        },
      });
    } catch (error) {
      give(fail(problem("local", `cannot connect to ${where}: ${messageOf(error)}`)));
    }
  });
}

function late(where: string, stage: string, deadline: Deadline): SshProblem {
  return problem(
    "timeout",
    `${where} was not ready in ${deadline.totalMs} ms: it stopped answering during the ${stage}`,
  );
}

function loginRefused(
  where: string,
  settings: HostSettings,
  tried: readonly string[],
  identities: Identities,
): SshProblem {
  const not = identities.unusable.length === 0 ? "" : `; not usable: ${identities.unusable.join("; ")}`;
  if (tried.length === 0)
    return problem(
      "local",
      `this worker has no usable key to log in at ${where}${not}; give --identity, or run ssh-agent`,
    );
  return problem(
    "authentication",
    `${where} refused the login as ${settings.user}; tried ${tried.join(", ")}${not}; is the public key in its authorized_keys?`,
  );
}

function handshakeProblem(where: string, stage: string, error: Error & { level?: string }): SshProblem {
  return problem("protocol", `${where}: ${error.message} (during the ${stage})`);
}
