import { isAbsolute, join } from "node:path";
import { fail, succeed, type Result } from "@roadrunner/core/errors";
import { stateFolder } from "../journal/state-folder.ts";
import { isLoopback, parseHostPort } from "./host-port.ts";

export { isLoopback, parseHostPort, type HostPort } from "./host-port.ts";

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
    return fail(`${JSON.stringify(text)}: a Unix socket is named by its absolute path, ${example}`);
  if (path.includes("\0")) return fail(`${JSON.stringify(text)} is not a path`);
  const bytes = Buffer.byteLength(path);
  return bytes > MAX_PATH_BYTES
    ? fail(
        `${JSON.stringify(text)}: the path of a Unix socket has at most ${MAX_PATH_BYTES} bytes, and this one ${bytes}; name a shorter one`,
      )
    : succeed(path);
}

/** As it is written: `unix:/path`, `https://host:port`. */
export function formatCoordinator(address: CoordinatorAddress): string {
  if (address.kind === "socket") return `${SCHEME}${address.path}`;
  return `${address.kind === "tls" ? "https" : "http"}://${serverName(address)}`;
}

const WRITTEN = "as in https://coordinator.example.com or unix:/run/roadrunner/coordinator.sock";

/**
 * Reads where a coordinator is reached: `https://HOST[:PORT]`, `HOST:PORT` (the same), `http://HOST[:PORT]` on this box
 * alone, `unix:/path` or `/path`. A host alone is refused: it may be a file's name.
 */
export function parseCoordinator(text: string): Result<CoordinatorAddress, string> {
  if (text.startsWith(SCHEME) || isAbsolute(text)) {
    const path = parseSocket(text);
    return path.ok ? succeed({ kind: "socket", path: path.value }) : path;
  }
  const quoted = JSON.stringify(text);
  const [, scheme, rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  if (scheme === undefined) return withoutScheme(text);
  const kind = KINDS.get(scheme.toLowerCase());
  if (kind === undefined)
    return fail(`${quoted}: a coordinator is not reached by ${scheme}; name it ${WRITTEN}`);
  const authority = rest.replace(/\/$/, "");
  // Not quoted: a password may stand there.
  if (authority.includes("@"))
    return fail("nobody logs in to a coordinator by a name and a password; leave out what is before the @");
  const more = moreThanAuthority(authority);
  if (more !== undefined) return fail(`${quoted}: ${more}`);
  if (/^(?:$|:)/.test(authority)) return fail(`${quoted} names no host; name a coordinator ${WRITTEN}`);
  const at = parseHostPort(authority);
  if (!at.ok) return at;
  const { host, port = COORDINATOR_PORT } = at.value;
  if (kind === "plain" && !isLoopback(host))
    return fail(
      `${quoted}: without TLS whoever is on the way could take the login, so http:// is for this box alone (127.0.0.1, [::1], localhost); say https://${serverName({ host, port })}`,
    );
  return succeed({ kind, host, port });
}

const KINDS: ReadonlyMap<string, "tls" | "plain"> = new Map([
  ["https", "tls"],
  ["http", "plain"],
]);

function withoutScheme(text: string): Result<CoordinatorAddress, string> {
  const at = parseHostPort(text);
  if (!at.ok) return fail(`${at.error}; name a coordinator ${WRITTEN}`);
  const { host, port } = at.value;
  return port === undefined
    ? fail(
        `${JSON.stringify(text)}: is it a host or a file? A host is named with its port or its scheme, https://${serverName({ host, port: COORDINATOR_PORT })}, and a socket by its absolute path, ${SCHEME}/…`,
      )
    : succeed({ kind: "tls", host, port });
}

/** Why it is more than a host and a port; undefined: it is not. */
function moreThanAuthority(authority: string): string | undefined {
  const [, host = "", what = ""] = /^([^/?#]*)([/?#])/.exec(authority) ?? [];
  if (what === "") return undefined;
  return `a coordinator has no ${what === "/" ? "path" : "query"}; name its host and port alone, as in https://${host}`;
}
