import { splitToken } from "./config-line.ts";
import { matchPatterns } from "./pattern-list.ts";

export interface MatchInput {
  /** What the line says after `Match`. */
  readonly text: string;
  /** The name asked for. */
  readonly originalHost: string;
  /** With what HostName has made of it so far. */
  readonly host: string;
  readonly user: string;
  readonly localUser: string;
  readonly isFinalPass: boolean;
}

export interface MatchAnswer {
  readonly active: boolean;
  /** `Match final` stands there: the files are gone through a second time. */
  readonly wantsFinalPass: boolean;
  /** A criterion that the answer hangs on, and that is not evaluated here. */
  readonly undecided?: string;
  readonly problem?: string;
}

/** Criteria that OpenSSH has and that need a shell, a network or a tag to decide. */
const UNDECIDED = new Set(["exec", "localnetwork", "tagged", "version", "sessiontype", "command"]);

/** Evaluates the criteria of a Match line from left to right, as OpenSSH's match_cfg_line does. */
export function evaluateMatch(input: MatchInput): MatchAnswer {
  const words = wordsOf(input.text);
  let active = true;
  let wantsFinalPass = false;
  const bad = (problem: string): MatchAnswer => ({ active: false, wantsFinalPass, problem });
  if (words.length === 0) return bad("no criterion");
  for (let at = 0, criteria = 0; at < words.length; at += 1, criteria += 1) {
    const word = words[at] ?? "";
    const negated = word.startsWith("!");
    const name = word.slice(negated ? 1 : 0).toLowerCase();
    if (name === "all") {
      const alone = criteria <= 1 && at === words.length - 1;
      return alone ? { active: active && !negated, wantsFinalPass } : bad(`"all" stands alone`);
    }
    if (name === "final" || name === "canonical") {
      wantsFinalPass ||= name === "final";
      active &&= input.isFinalPass !== negated;
      continue;
    }
    at += 1;
    const argument = words[at];
    if (argument === undefined) return bad(`no value for the criterion ${name}`);
    const matched = criterionHolds(name, argument, input);
    if (matched !== undefined) active &&= matched !== negated;
    else if (!UNDECIDED.has(name)) return bad(`unknown criterion ${name}`);
    else if (active) return { active: false, wantsFinalPass, undecided: name };
  }
  return { active, wantsFinalPass };
}

/** strdelim's words, up to a comment. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  let { token, rest } = splitToken(text);
  while (token !== "" && !token.startsWith("#")) {
    words.push(token);
    ({ token, rest } = splitToken(rest));
  }
  return words;
}

function criterionHolds(name: string, argument: string, input: MatchInput): boolean | undefined {
  const holds = (text: string, list: string) => matchPatterns(text, list.split(",")) === "matches";
  switch (name) {
    case "host":
      return holds(input.host.toLowerCase(), argument.toLowerCase());
    case "originalhost":
      return holds(input.originalHost.toLowerCase(), argument.toLowerCase());
    case "user":
      return holds(input.user, argument);
    case "localuser":
      return holds(input.localUser, argument);
    default:
      return undefined;
  }
}
