import { isAlgorithmList } from "./algorithm-names.ts";
import { ALGORITHM_KINDS } from "./algorithms.ts";
import { keywordOf } from "./config-keywords.ts";
import * as values from "./config-values.ts";
import { parseJumpList } from "./jump-list.ts";

const WORD = (text: string) => (text === "" ? undefined : text);
/** PubkeyAuthentication knows words besides yes and no. */
const PUBKEY = (text: string) => (/^(unbound|host-bound)$/i.test(text) ? true : values.parseFlag(text));

/** Directives with exactly one argument, and how it is read. */
const SINGLE: Readonly<Record<string, (text: string) => unknown>> = {
  addressfamily: values.parseAddressFamily,
  bindaddress: WORD,
  connecttimeout: values.parseTimeMs,
  hashknownhosts: values.parseFlag,
  hostkeyalias: WORD,
  hostname: WORD,
  identitiesonly: values.parseFlag,
  identityagent: WORD,
  identityfile: WORD,
  kbdinteractiveauthentication: values.parseFlag,
  passwordauthentication: values.parseFlag,
  port: values.parsePort,
  preferredauthentications: WORD,
  pubkeyauthentication: PUBKEY,
  requiredrsasize: values.parseCount,
  serveralivecountmax: values.parseCount,
  serveraliveinterval: values.parseTimeMs,
  stricthostkeychecking: values.parseStrictness,
  user: WORD,
  ...Object.fromEntries(
    Object.entries(ALGORITHM_KINDS).map(([keyword, kind]) => [
      keyword,
      (text: string) => (isAlgorithmList(text, kind) ? text : undefined),
    ]),
  ),
};

/** What is wrong with a directive that we honour; ssh refuses the whole file for it, in whatever block it stands. */
export function lineProblem(written: string, args: readonly string[], rest: string): string | undefined {
  const keyword = keywordOf(written);
  if (keyword === "proxyjump")
    return parseJumpList(rest) === undefined
      ? `${written}: ${JSON.stringify(rest)} is no list of [user@]host[:port]`
      : undefined;
  if (keyword === "host" || keyword === "userknownhostsfile" || keyword === "globalknownhostsfile")
    return args.includes("") || args.length === 0 ? `${written}: an empty word` : undefined;
  const parse = SINGLE[keyword];
  if (parse === undefined) return undefined;
  const [value, more] = args;
  if (value === undefined) return `${written}: no argument`;
  if (more !== undefined) return `${written}: more than one argument`;
  return parse(value) === undefined ? `${written}: bad value ${JSON.stringify(value)}` : undefined;
}
