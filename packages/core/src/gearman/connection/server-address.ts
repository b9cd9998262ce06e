import { isIPv6 } from "node:net";
import { fail, succeed, type Result } from "../../errors.ts";

/** Where a Gearman job server listens. A `host` that begins with "/" is a Unix socket; `port` is then 0. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** What all function names of this installation begin with there: others on the same server never meet it. */
  readonly functionPrefix?: string;
}

/** Gearman's registered port. */
export const DEFAULT_PORT = 4730;

/** Of a Unix socket: what Linux has room for. */
const MAX_PATH_BYTES = 107;

/**
 * Reads "host:port,host:port". The port is optional (4730), an IPv6 address stands in brackets; "unix:/path" or
 * "/path" is a Unix socket. The error names the part that is wrong and says what is expected.
 */
export function parseServers(text: string): Result<ServerAddress[], string> {
  const servers: ServerAddress[] = [];
  for (const part of text.split(",")) {
    const server = parseServer(part.trim());
    if (!server.ok) return server;
    if (servers.some((other) => formatServer(other) === formatServer(server.value)))
      return fail(`the server ${formatServer(server.value)} is listed twice`);
    servers.push(server.value);
  }
  return succeed(servers);
}

/** "host:port", with brackets round an IPv6 address; a Unix socket is its path. */
export function formatServer({ host, port }: ServerAddress): string {
  if (host.startsWith("/")) return host;
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseServer(text: string): Result<ServerAddress, string> {
  if (text === "") return fail('a server is missing: expected "host:port" or "host:port,host:port"');
  const path = /^(?:unix:)?(\/.*)$/.exec(text)?.[1];
  if (path !== undefined) return unixSocket(text, path);
  if (text.startsWith("unix:"))
    return fail(`"${text}": a Unix socket is named by its absolute path, as in "unix:/run/gearman"`);
  const [, scheme, rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(text) ?? [];
  if (scheme !== undefined) return fail(`"${text}": ${schemeProblem(scheme.toLowerCase(), rest)}`);
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) {
    const [, host = "", port] = bracketed;
    return isIPv6(host) ? withPort(text, host, port) : fail(`"${text}": "${host}" is not an IPv6 address`);
  }
  if (isIPv6(text))
    return fail(`"${text}": put an IPv6 address in brackets, as in "[${text}]:${DEFAULT_PORT}"`);
  const [, host = "", port] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  if (!/^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9.])?$/.test(host))
    return fail(`"${text}" is not a server: expected "host:port"`);
  return withPort(text, host, port);
}

function unixSocket(text: string, path: string): Result<ServerAddress, string> {
  if (path.includes("\0")) return fail(`"${text}" is not a path`);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES)
    return fail(`"${text}": the path of a Unix socket has at most ${MAX_PATH_BYTES} bytes`);
  return succeed({ host: path, port: 0 });
}

function schemeProblem(scheme: string, rest: string): string {
  if (/^(tls|ssl|gearmans|https)$/.test(scheme))
    return "TLS is not spoken here: put a tunnel in front (stunnel, WireGuard, ssh -L) and name its end on this box, as in 127.0.0.1:4730";
  if (/^(tcp|gearman)$/.test(scheme))
    return `leave out "${scheme}://", as in "${rest === "" ? "host:port" : rest}"`;
  return 'expected "host:port"';
}

function withPort(text: string, host: string, port: string | undefined): Result<ServerAddress, string> {
  if (port === undefined) return succeed({ host, port: DEFAULT_PORT });
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  return number >= 1 && number <= 65_535
    ? succeed({ host, port: number })
    : fail(`"${text}": "${port}" is not a port (1 to 65535)`);
}
