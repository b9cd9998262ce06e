import { fail, succeed, type Result } from "../../errors.ts";

export interface SignerOptions {
  /** The key signs certificates, and nothing else here. */
  certAuthority?: true;
  /** A security key need not be touched. */
  noTouchRequired?: true;
  /** A security key must know who touches it. */
  verifyRequired?: true;
  namespaces?: string;
  validAfterMs?: number;
  validBeforeMs?: number;
}

/** The options of a line; their names are not case-sensitive, and each stands at most once. */
export function readSignerOptions(text: string): Result<SignerOptions, string> {
  const options: SignerOptions = {};
  const seen = new Set<string>();
  let rest = text;
  while (rest !== "") {
    const match = /^([A-Za-z-]+)(?:="((?:[^"\\]|\\"|\\)*)")?(?:,(?=.)|$)/.exec(rest);
    if (match === null) return fail(`its options are not readable at ${JSON.stringify(rest.slice(0, 40))}`);
    rest = rest.slice(match[0].length);
    const name = (match[1] ?? "").toLowerCase();
    if (seen.has(name)) return fail(`the option ${name} stands twice`);
    seen.add(name);
    const problem = take(options, name, match[2]?.replaceAll('\\"', '"'));
    if (problem !== undefined) return fail(problem);
  }
  const { validAfterMs, validBeforeMs } = options;
  if (validAfterMs !== undefined && validBeforeMs !== undefined && validAfterMs >= validBeforeMs)
    return fail("valid-after is not before valid-before");
  return succeed(options);
}

/** Those without a value; the last two are sshd's, and ssh-keygen does not know them in this file. */
const FLAGS = {
  "cert-authority": "certAuthority",
  "no-touch-required": "noTouchRequired",
  "verify-required": "verifyRequired",
} as const;
const NAMES = "cert-authority, namespaces, valid-after, valid-before, no-touch-required, verify-required";

function take(options: SignerOptions, name: string, value: string | undefined): string | undefined {
  const flag = Object.entries(FLAGS).find(([key]) => key === name)?.[1];
  if (flag !== undefined) {
    if (value !== undefined) return `the option ${name} takes no value`;
    options[flag] = true;
    return undefined;
  }
  if (name !== "namespaces" && name !== "valid-after" && name !== "valid-before")
    return `${JSON.stringify(name)} is no option (${NAMES})`;
  if (value === undefined || value === "") return `the option ${name} needs a value in quotes`;
  if (name === "namespaces") {
    options.namespaces = value;
    return undefined;
  }
  const timeMs = readTime(value);
  if (timeMs === undefined)
    return `${name}: ${JSON.stringify(value)} is no time such as 20261124, 202611240916 or 20261124091600Z`;
  if (name === "valid-after") options.validAfterMs = timeMs;
  else options.validBeforeMs = timeMs;
  return undefined;
}

/** `YYYYMMDD[HHMM[SS]]`, local time, or UTC with a `Z`; a date that does not exist is no time. */
function readTime(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z?)$/i.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((digits: string | undefined) => Number(digits ?? 0));
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const calendar = new Date(Date.UTC(year, month - 1, day));
  if (calendar.getUTCMonth() !== month - 1 || calendar.getUTCDate() !== day) return undefined;
  return match[7] === ""
    ? new Date(year, month - 1, day, hour, minute, second).getTime()
    : Date.UTC(year, month - 1, day, hour, minute, second);
}
