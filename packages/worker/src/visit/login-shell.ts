import type { ChannelEnd } from "../transport/transport.ts";
import { oneLine } from "../transport/said-text.ts";

/** What a host said instead of our hello. */
export interface SilentShell {
  readonly user: string;
  readonly become: boolean;
  readonly end: ChannelEnd;
  /** Its words, of both streams. */
  readonly text: string;
}

/** An exit without our hello: what that tells of the login shell or of sudo, for people. */
export function explainNoHello({ user, become, end, text }: SilentShell): string {
  const said = oneLine(text);
  if (become && !/nologin|not available/i.test(text)) return explainSudo(said, end);
  return `login shell of ${user} is not usable (${explainShell(end, said)})`;
}

function explainShell(end: ChannelEnd, said: string): string {
  if (/restricted/i.test(said)) return `a restricted shell: ${said}`;
  if (/not available/i.test(said)) return `nologin: ${said}`;
  if (end.kind === "exit" && end.code === 128) return `git-shell: ${said}`;
  const quoted = said === "" ? "said nothing" : `said: ${said}`;
  if (end.kind === "exit" && end.code === 1 && said === "")
    return "it ended with 1 and said nothing: /bin/false?";
  if (end.kind === "exit") return `it ended with ${end.code} and ${quoted}`;
  if (end.kind === "signal") return `it was ended by ${end.signal} and ${quoted}`;
  return `it closed the channel and ${quoted}`;
}

function explainSudo(said: string, end: ChannelEnd): string {
  const why = said === "" && end.kind === "exit" ? `it ended with ${end.code} and said nothing` : said;
  const text = `sudo: ${why.replace(/^sudo: /, "")}`;
  if (/password is required/.test(why)) {
    return `${text}; allow it with NOPASSWD in sudoers, or give the worker a sudo password file`;
  }
  if (/incorrect password|no password was provided/.test(why)) {
    return `${text}; is the worker's sudo password file right for this host?`;
  }
  if (/not found/.test(why)) return `${text}; install sudo on the host, or leave out become`;
  return text;
}
