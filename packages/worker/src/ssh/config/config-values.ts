/** The forms of values in ssh_config (readconf.c), each undefined where ssh would refuse the line. */

export function parseFlag(text: string): boolean | undefined {
  switch (text.toLowerCase()) {
    case "yes":
    case "true":
      return true;
    case "no":
    case "false":
      return false;
    default:
      return undefined;
  }
}

/** A port number; service names are not looked up. */
export function parsePort(text: string): number | undefined {
  if (!/^[0-9]{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}

const SECONDS_OF: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
/** What fits OpenSSH's int. */
const MAX_INT = 2 ** 31 - 1;

/** A time such as 90, 1m30s or 2h (TIME FORMATS of sshd_config(5)), in milliseconds; "none" is 0. */
export function parseTimeMs(text: string): number | undefined {
  if (text.toLowerCase() === "none") return 0;
  if (!/^([0-9]+[smhdw]?)+$/i.test(text)) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9]+)([smhdw]?)/gi))
    seconds += Number(amount) * (SECONDS_OF[(unit ?? "").toLowerCase()] ?? 1);
  return seconds <= MAX_INT ? seconds * 1000 : undefined;
}

export function parseCount(text: string): number | undefined {
  return /^[0-9]{1,10}$/.test(text) && Number(text) <= MAX_INT ? Number(text) : undefined;
}

export type StrictHostKeyChecking = "yes" | "accept-new" | "no";

/** "ask" is "yes": there is nobody to ask. */
export function parseStrictness(text: string): StrictHostKeyChecking | undefined {
  const word = text.toLowerCase();
  if (word === "ask" || parseFlag(word) === true) return "yes";
  if (word === "accept-new") return word;
  return word === "off" || parseFlag(word) === false ? "no" : undefined;
}

/** The family for address lookup: 0 is any. */
export function parseAddressFamily(text: string): 0 | 4 | 6 | undefined {
  switch (text.toLowerCase()) {
    case "any":
      return 0;
    case "inet":
      return 4;
    case "inet6":
      return 6;
    default:
      return undefined;
  }
}
