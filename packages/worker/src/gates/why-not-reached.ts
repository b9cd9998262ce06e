import { boxFault } from "../transport/box-fault.ts";
import { messageOf } from "../transport/problem.ts";

/** Of certificates that are not believed, beside all codes that speak of TLS themselves. */
const CERTIFICATE = /CERT|^UNABLE_TO_|CRL|^HOSTNAME_MISMATCH|^INVALID_(?:CA|PURPOSE)|^PATH_LENGTH_EXCEEDED/;

/** Why an address gave no answer; of several addresses of a name, what was wrong with the first. */
export function whyNotReached({ hostname, host }: Pick<URL, "hostname" | "host">, error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const { code = "", syscall } = first as NodeJS.ErrnoException;
  if (syscall === "getaddrinfo" && code === "ENOTFOUND")
    return `the name ${hostname} does not exist (${code})`;
  if (syscall === "getaddrinfo")
    return `the name ${hostname} could not be looked up (${code}); does the resolver of this worker's box answer?`;
  if (/^EPROTO$|TLS|SSL/.test(code) || CERTIFICATE.test(code))
    return `TLS with ${host} failed: ${sslReason(first)} (${code})`;
  if (code.startsWith("HPE_")) return `what ${host} answers is no HTTP (${code})`;
  switch (code) {
    case "ECONNREFUSED":
      return `connection to ${host} refused: nothing listens there`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `no route to ${host} (${code})`;
    case "ETIMEDOUT":
      return `no answer from ${host}: it is down, or a firewall drops the packets`;
    case "ECONNRESET":
    case "EPIPE":
      return `${host} closed the connection without an answer`;
    default:
      return `cannot ask ${host}: ${boxFault(first)}`;
  }
}

/** OpenSSL's own words stand in a line with addresses of its source. */
function sslReason(error: unknown): string {
  const message = messageOf(error);
  return /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/.exec(message)?.[1] ?? message;
}
