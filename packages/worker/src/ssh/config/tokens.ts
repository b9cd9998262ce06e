import { createHash } from "node:crypto";
import { fail, succeed, type Result } from "@roadrunner/core";

/** What ssh_config's tokens stand for (TOKENS of ssh_config(5)), by their letter; `%%` is always there. */
export type Tokens = Readonly<Record<string, string>>;

/** Who and where the worker is: the process's own, or a test's. */
export interface LocalBox {
  readonly user: string;
  readonly uid: number;
  /** The home folder that the password file tells. */
  readonly home: string;
  readonly hostname: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface TokenInput {
  readonly host: string;
  readonly hostname: string;
  readonly hostKeyAlias: string | undefined;
  readonly port: number;
  readonly user: string;
  readonly jump: string;
}

/** The tokens of IdentityFile, IdentityAgent and UserKnownHostsFile; ProxyCommand knows `%h %n %p %r` of them. */
export function tokensOf(input: TokenInput, box: LocalBox): Tokens {
  const { host, hostname, port, user } = input;
  return {
    C: createHash("sha1").update(`${box.hostname}${hostname}${port}${user}${input.jump}`).digest("hex"),
    d: box.home,
    h: hostname,
    i: String(box.uid),
    j: input.jump,
    k: input.hostKeyAlias ?? host,
    L: box.hostname.split(".")[0] ?? "",
    l: box.hostname,
    n: host,
    p: String(port),
    r: user,
    u: box.user,
  };
}

/** Replaces `%x`; an unknown token is refused, as in ssh. */
export function expandTokens(text: string, tokens: Tokens): Result<string, string> {
  let unknown: string | undefined;
  const expanded = text.replaceAll(/%(.?)/gs, (token, letter: string) => {
    if (letter === "%") return "%";
    const value = tokens[letter];
    if (value === undefined) unknown ??= token;
    return value ?? "";
  });
  return unknown === undefined ? succeed(expanded) : fail(`unknown token ${unknown}`);
}

/** A path with tokens, `${VARIABLE}` and a leading `~`. */
export function expandPath(text: string, tokens: Tokens, box: LocalBox): Result<string, string> {
  let unset: string | undefined;
  const withEnv = text.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = box.env[name];
    if (value === undefined) unset ??= name;
    // A per cent sign in the value is no token.
    return (value ?? "").replaceAll("%", "%%");
  });
  if (unset !== undefined) return fail(`the environment variable ${unset} is not set`);
  const home = /^~(?=\/|$)/.test(withEnv) ? box.home.replaceAll("%", "%%") + withEnv.slice(1) : withEnv;
  if (home.startsWith("~"))
    return fail(`the home folder of ${home.split("/")[0]?.slice(1)} is not looked up; write it out`);
  return expandTokens(home, tokens);
}
