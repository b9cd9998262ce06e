import { isAbsolute, join } from "node:path";
import { fail, succeed, type Result } from "@roadrunner/core/errors";
import { stateFolder } from "../journal/state-folder.ts";

/** Of a Unix socket: what Linux has room for. */
const MAX_PATH_BYTES = 107;

const SCHEME = "unix:";

/**
 * The socket on which this user's coordinator listens if nothing else is said:
 * `$XDG_RUNTIME_DIR/roadrunner/coordinator.sock`, else in the state folder (a relative path is to be ignored).
 */
export function defaultSocket(env: Readonly<Record<string, string | undefined>>): string {
  const runtime = env["XDG_RUNTIME_DIR"];
  const folder =
    runtime !== undefined && isAbsolute(runtime) ? join(runtime, "roadrunner") : stateFolder(env);
  return join(folder, "coordinator.sock");
}

/** Where a coordinator is reached. `plain`: without TLS, which is for loopback alone. */
export type CoordinatorAddress =
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "tls" | "plain"; readonly host: string; readonly port: number };

/** Of a coordinator that listens on the network, where nothing else is said. */
export const COORDINATOR_PORT = 4780;

/** `host:port`, as a login names the server; an IPv6 address stands in brackets. */
export function serverName({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(":") ? `[${host}]` : host.toLowerCase()}:${port}`;
}

/** Reads `unix:/path` or `/path`: the path of a coordinator's socket. The error says what is expected. */
export function parseSocket(text: string): Result<string, string> {
  const path = text.startsWith(SCHEME) ? text.slice(SCHEME.length) : text;
  const example = `as in ${SCHEME}/run/roadrunner/coordinator.sock`;
  if (!isAbsolute(path))
    return text.startsWith(SCHEME)
      ? fail(`${JSON.stringify(text)}: a Unix socket is named by its absolute path, ${example}`)
      : fail(
          `${JSON.stringify(text)}: a coordinator is reached by a Unix socket alone, ${example}; ` +
            "a TCP address needs --allowed-signers, by which it can tell who asks, and that is not there yet",
        );
  if (path.includes("\0")) return fail(`${JSON.stringify(text)} is not a path`);
  const bytes = Buffer.byteLength(path);
  return bytes > MAX_PATH_BYTES
    ? fail(
        `${JSON.stringify(text)}: the path of a Unix socket has at most ${MAX_PATH_BYTES} bytes, and this one ${bytes}; name a shorter one`,
      )
    : succeed(path);
}
