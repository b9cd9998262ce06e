import { isIP, isIPv4, isIPv6 } from "node:net";
import { domainToASCII } from "node:url";
import { fail, succeed, type Result } from "@roadrunner/core/errors";

/** As DNS bounds a name. */
const MOST_CHARACTERS = 253;

/** Where something is reached by TCP; `port` is absent where none is said. */
export interface HostPort {
  /** An IPv6 address without its brackets; a name in small letters. */
  readonly host: string;
  readonly port?: number;
}

/** Reads `HOST`, `HOST:PORT`, `[v6]` and `[v6]:PORT`; the error quotes the text, and says what is expected. */
export function parseHostPort(text: string): Result<HostPort, string> {
  const wrong = (why: string): Result<HostPort, string> => fail(`${JSON.stringify(text)}: ${why}`);
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return wrong("it is a URL; expected HOST:PORT, without http://");
  if (isIPv6(text)) return wrong(`an IPv6 address stands in brackets, as in [${text}]`);
  const [, bracketed, name = "", written] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/s.exec(text) ?? [];
  const host = bracketed === undefined ? nameOf(name) : addressOf(bracketed);
  if (host === undefined)
    return bracketed === undefined
      ? wrong(`${JSON.stringify(name)} is no name of a host and no address; expected HOST:PORT`)
      : wrong(`${JSON.stringify(bracketed)} is not an IPv6 address`);
  if (written === undefined) return succeed({ host });
  const port = /^\d{1,5}$/.test(written) ? Number(written) : 0;
  return port >= 1 && port <= 65_535
    ? succeed({ host, port })
    : wrong(`${JSON.stringify(written)} is not a port (1 to 65535)`);
}

/** Whether it is this box's own: what is said there crosses no network. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/** As certificates and logins name it: small letters, without the dot that ends a full name. */
function nameOf(written: string): string | undefined {
  const name = domainToASCII(written).replace(/\.$/, "");
  if (isIP(name) !== 0) return name;
  return name.length <= MOST_CHARACTERS && /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/.test(name)
    ? name
    : undefined;
}

/** One address has many spellings. */
function addressOf(written: string): string | undefined {
  if (!isIPv6(written) || written.includes("%")) return undefined;
  return new URL(`http://[${written}]`).hostname.slice(1, -1);
}
