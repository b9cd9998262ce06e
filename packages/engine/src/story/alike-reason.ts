/** An IPv4 address, or an IPv6 one that is written whole or has its `::`. */
const ADDRESS =
  /\[?(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[\da-f]{1,4}:){7}[\da-f]{1,4}|(?:[\da-f]{1,4}:)*[\da-f]{0,4}::[\da-f:]*)(?![\w.]*\w)\]?/gi;

/** Of a host key. */
const FINGERPRINT = /SHA256:[\w+/=]+/g;

/** A host's reason beside its name: `db1: no route to …` says the name once more. */
export function reasonBeside(host: string, reason: string): string {
  return reason.startsWith(`${host}: `) ? reason.slice(host.length + 2) : reason;
}

/** The same text for hosts whose reasons differ in nothing but their own names, addresses and host keys. */
export function alikeReason(host: string, reason: string): string {
  const beside = reasonBeside(host, reason).replaceAll(FINGERPRINT, "KEY").replaceAll(ADDRESS, "ADDRESS");
  // Any word may be the name of a host, and stand in a reason as the word.
  if (!/[\d.-]/.test(host)) return beside;
  const name = host.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return beside.replaceAll(new RegExp(`(?<![\\w.-])${name}(?![\\w-]|\\.\\w)`, "g"), "HOST");
}
