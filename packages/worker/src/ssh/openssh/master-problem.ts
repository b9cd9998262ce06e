import { lookupProblem, connectProblem } from "../wire/dial-problem.ts";
import { forwardProblem } from "../wire/forward-problem.ts";
import { protocolProblem } from "../wire/handshake-problem.ts";
import type { TransportProblem } from "../../transport/transport.ts";
import { problem } from "../../transport/problem.ts";
import { boxProblem } from "./box-words.ts";
import { hostKeyProblem } from "./host-key-problem.ts";
import { refusedLogin, type LoginFacts } from "./refused-login.ts";

export type MasterFailure =
  /** It may be another time: too many logins at once there, and the like. */
  | { readonly kind: "turnedAway"; readonly problem: TransportProblem }
  | { readonly kind: "failed"; readonly problem: TransportProblem };

export interface FailedMaster extends LoginFacts {
  /** What ssh said, oldest line first. */
  readonly lines: readonly string[];
  readonly exitCode: number | null;
  /** The control socket that was to be made. */
  readonly socket: string;
}

/** What ssh's words about a connection that did not come to be mean, and whose fault it is. */
export function masterFailure(failed: FailedMaster): MasterFailure {
  const { where } = failed;
  const words = failed.lines.filter((line) => !line.startsWith("debug1: ") && !NOISE.test(line));
  const said = (pattern: RegExp) => lastMatch(words, pattern);
  const end = (found: TransportProblem): MasterFailure => ({ kind: "failed", problem: found });

  const config = said(
    /^(.*line \d+: .*|.*: terminating, \d+ bad configuration options|Bad owner or permissions on .*)$/,
  );
  if (config !== undefined && failed.stage === "lookup")
    return end(
      problem("config", `${failed.host}: ssh_config: ${firstOf(words, CONFIG) ?? config[0]}`, {
        blame: "worker",
      }),
    );
  // Later on the server can write lines too.
  const isEarly = failed.stage !== "login" && failed.stage !== "key exchange";
  const box = boxProblem({ ...failed, isEarly }, words);
  if (box !== undefined) return end(box);
  const hostKey = hostKeyProblem(failed, words);
  if (hostKey !== undefined) return end(hostKey);
  const lookup = isEarly ? said(/^ssh: Could not resolve hostname (\S+): (.*)$/) : undefined;
  if (lookup !== undefined)
    return end(named(failed, lookupProblem(lookup[1] ?? "", lookupError(lookup[2] ?? ""), false)));
  const beyond = said(/^channel \d+: open failed: (.*)$/);
  if (beyond !== undefined && said(/^stdio forwarding failed/) !== undefined)
    return end(forwardProblem("the jump host", where, beyond[1] ?? "", isProhibited(beyond[1] ?? "")));
  const dial = isEarly ? said(/^ssh: connect to (?:host|address) (\S+) port (\d+): (.*)$/) : undefined;
  if (dial !== undefined) {
    const [, address = "", port = "", why = ""] = dial;
    return end(named(failed, connectProblem(address, Number(port), dialError(why))));
  }
  if (said(/^Connection (?:to \S+ port \d+ )?timed out/) !== undefined)
    return end(
      problem("timeout", `${where} was not ready in the time that ssh_config gives it (ConnectTimeout)`),
    );
  const negotiation = said(/^Unable to negotiate with .*?: (no matching .*)$/);
  if (negotiation !== undefined) return end(noneInCommon(where, negotiation[1] ?? ""));
  const denied = said(/^(.*): Permission denied \(([^)]*)\)\.?$/);
  const dropped = said(/^Received disconnect from .*?: ?(?:\d+: ?)?(.*)$/);
  if (denied !== undefined || (dropped !== undefined && failed.stage === "login"))
    return end(refusedLogin(failed, denied, dropped?.[1]));
  const banned = said(/^(kex_exchange_identification|banner exchange|ssh_exchange_identification): (.*)$/);
  const noBanner = firstOf(
    failed.lines,
    /^debug1: (?:kex|ssh)_exchange_identification: banner line \d+: (.*)$/,
  );
  if (noBanner !== undefined && !/^(Exceeded MaxStartups|Not allowed at this time)/.test(noBanner))
    return end(problem("protocol", `${where} does not speak SSH; it said "${noBanner}"`));
  const proxy = proxyFailure(failed, words);
  if (proxy !== undefined) return end(proxy);
  if (banned !== undefined && /clos|reset/i.test(banned[2] ?? ""))
    return {
      kind: "turnedAway",
      problem: problem("protocol", `${where}: ${banned[2]} (during the greeting)`),
    };
  const last = words.at(-1) ?? `ssh ended with ${failed.exitCode ?? "a signal"} and no word`;
  return end(problem("protocol", `${where}: ${last} (during the ${failed.stage})`));
}

const CONFIG = /line \d+: |^Bad owner or permissions on /;
const NOISE = /^(OpenSSH_|\*\* |@@@|Warning: Permanently added|Pseudo-terminal|Authenticated to )/;

/** The newest line of a kind: what came before may be a banner, which the server writes. */
function lastMatch(lines: readonly string[], pattern: RegExp): RegExpExecArray | undefined {
  for (const line of lines.toReversed()) {
    const match = pattern.exec(line);
    if (match !== null) return match;
  }
  return undefined;
}

function firstOf(lines: readonly string[], pattern: RegExp): string | undefined {
  for (const line of lines) {
    const match = pattern.exec(line);
    if (match !== null) return match[1] ?? line;
  }
  return undefined;
}

function named({ host }: FailedMaster, found: TransportProblem): TransportProblem {
  return { ...found, message: `${host}: ${found.message}` };
}

function lookupError(why: string): NodeJS.ErrnoException {
  const code = /not known|No address associated|nodename nor servname/i.test(why) ? "ENOTFOUND" : "EAI_AGAIN";
  return Object.assign(new Error(why), { code });
}

const DIAL_ERRORS: readonly (readonly [RegExp, string])[] = [
  [/refused/i, "ECONNREFUSED"],
  [/No route to host/i, "EHOSTUNREACH"],
  [/Network is unreachable/i, "ENETUNREACH"],
  [/timed out/i, "ETIMEDOUT"],
  [/reset by peer/i, "ECONNRESET"],
  [/Invalid argument/i, "EINVAL"],
  [/Too many open files/i, "EMFILE"],
  [/Cannot assign requested address/i, "EADDRNOTAVAIL"],
];

function dialError(why: string): NodeJS.ErrnoException {
  const code = DIAL_ERRORS.find(([pattern]) => pattern.test(why))?.[1];
  return Object.assign(new Error(why), code === undefined ? {} : { code });
}

function noneInCommon(where: string, what: string): TransportProblem {
  if (/host key/.test(what)) return protocolProblem(where, "key exchange", new Error(what));
  return problem(
    "protocol",
    `${where}: ${what}: the server and this worker's ssh have no algorithm in common (Ciphers, KexAlgorithms and MACs ` +
      `in ssh_config narrow them)`,
    { noRetry: true },
  );
}

/** As ssh writes why a channel was not opened. */
export function isProhibited(words: string): boolean {
  return words.startsWith("administratively prohibited");
}

/** ssh missed the greeting: which of these it says is a matter of whether it had written its own before. */
const NO_GREETING = /^(kex_exchange_identification:|Connection closed by UNKNOWN|banner exchange:)/m;

/** A client found no master, and would have logged in by itself: nothing was asked for. */
export function fellThrough(words: string): boolean {
  if (words.startsWith("Control socket connect")) return true;
  return NO_GREETING.test(words) && !words.includes("session request failed");
}

/** A ProxyCommand that fails says why in its own words, before ssh misses the greeting. */
function proxyFailure(
  { where, lines }: FailedMaster,
  words: readonly string[],
): TransportProblem | undefined {
  const command = lastMatch(lines, /^debug1: Executing proxy command: exec (.*)$/)?.[1];
  if (command === undefined || command.startsWith("ssh -")) return undefined;
  const own = words.filter((line) => !NO_GREETING.test(line));
  const why = own.length === 0 ? "" : `: ${own.slice(-3).join(" / ")}`;
  const message = `${where}: ProxyCommand "${command}" gave no connection${why}`;
  return /not found|Permission denied|Cannot fork|Resource temporarily unavailable/i.test(why)
    ? problem("local", message, { unless: "proxy" })
    : problem("route", message);
}
