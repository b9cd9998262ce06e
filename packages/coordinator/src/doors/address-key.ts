import { isIPv6 } from "node:net";

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const ZONE = /%.*$/;
const GROUPS = 8;
/** Of an IPv6 address: whoever has one has all that begin so. */
const OWN_GROUPS = 4;

/** What counts as one address: an IPv4 address, or the IPv6 addresses that one customer is given (/64). */
export function addressKey(remote: string | undefined): string {
  if (remote === undefined) return "";
  const mapped = MAPPED.exec(remote)?.[1];
  if (mapped !== undefined) return mapped;
  const plain = remote.replace(ZONE, "");
  if (!isIPv6(plain)) return plain;
  const [before = [], after = []] = plain.split("::").map((part) => (part === "" ? [] : part.split(":")));
  const zeros = Array.from({ length: Math.max(0, GROUPS - before.length - after.length) }, () => "0");
  const groups = [...before, ...zeros, ...after].slice(0, OWN_GROUPS);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
