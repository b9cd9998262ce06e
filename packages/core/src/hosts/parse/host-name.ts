import type { Fault } from "../problem.ts";

/** The longest name that DNS can carry, in characters (RFC 1035, section 2.3.4, in text form). */
export const MAX_NAME_LENGTH = 253;

/** The name of a network interface. */
const ZONE = /^[A-Za-z0-9_.-]+$/;

const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;

/** Why this complete text is no host name, or undefined. Its characters are checked already. */
export function hostNameFault(name: string): Fault | undefined {
  if (name.startsWith("-")) {
    return {
      message: `the host name "${shorten(name)}" begins with "-"`,
      hint: "ssh would take it for an option; a host name begins with a letter, a digit or _",
    };
  }
  if (name.length > MAX_NAME_LENGTH) {
    return {
      message: `the host name "${shorten(name)}" has ${name.length} characters`,
      hint: `a host name has at most ${MAX_NAME_LENGTH}`,
    };
  }
  if (name.startsWith(".") || name.includes("..")) {
    return { message: `the host name "${shorten(name)}" has an empty part before a "."` };
  }
  if (IPV4.test(name) && !isIpv4(name)) {
    return {
      message: `"${shorten(name)}" is not an IPv4 address`,
      hint: "its four numbers are 0 to 255, without leading zeros (resolvers read those as octal)",
    };
  }
  return undefined;
}

/** Why this complete text is no IPv6 literal (RFC 4291, section 2.2, with an optional `%zone`), or undefined. */
export function ipv6Fault(literal: string): Fault | undefined {
  const [address, zone] = splitOnce(literal, "%");
  if (isIpv6(address) && (zone === undefined || ZONE.test(zone))) return undefined;
  return {
    message: `"${shorten(literal)}" is not an IPv6 address`,
    hint: "host:port has one colon; an IPv6 address with a port is written [2001:db8::1]:22",
  };
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isIpv6(address: string): boolean {
  const [head, tail] = splitOnce(address, "::");
  const left = groupCount(head, tail === undefined);
  if (tail === undefined) return left === 8;
  const right = groupCount(tail, true);
  return left !== undefined && right !== undefined && left + right <= 7;
}

/** How many 16-bit groups, where the last two may be written as an IPv4 address; undefined: not such a list. */
function groupCount(list: string, ipv4AtEnd: boolean): number | undefined {
  if (list === "") return 0;
  const groups = list.split(":");
  const last = groups.at(-1) ?? "";
  const embedded = ipv4AtEnd && last.includes(".") && isIpv4(last);
  const hex = embedded ? groups.slice(0, -1) : groups;
  if (!hex.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  return hex.length + (embedded ? 2 : 0);
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** Text for a message, of bounded length. */
export function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 40)}…${text.slice(-12)}`;
}
