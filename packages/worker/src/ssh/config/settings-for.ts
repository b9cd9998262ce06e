import { fail, defined, succeed, type Result } from "@roadrunner/core";
import { algorithmsOf } from "./algorithms.ts";
import { isInert } from "./config-keywords.ts";
import type { ConfigFile, ConfigLine, ConfigProblem } from "./config-line.ts";
import * as values from "./config-values.ts";
import { DirectiveReader } from "./directive-reader.ts";
import type { HostKeySettings, HostSettings, LoginMethod, LoginSettings, Proxy } from "./host-settings.ts";
import { parseJumpList, type JumpHop } from "./jump-list.ts";
import type { SshOptions } from "./options.ts";
import { resolveHost } from "./resolve-host.ts";
import { expandPath, expandTokens, tokensOf, type LocalBox, type Tokens } from "./tokens.ts";

export interface Destination {
  readonly host: string;
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
}

export interface ResolvedSettings {
  readonly settings: HostSettings;
  /** Lines of ssh_config that are not honoured and may be missed. */
  readonly told: readonly ConfigLine[];
}

const DEFAULT_PORT = 22;
/** OpenSSH sends none; a worker has nobody who would notice a silent host. */
const DEFAULT_ALIVE_INTERVAL_MS = 10_000;
const DEFAULT_ALIVE_COUNT = 3;
const DEFAULT_IDENTITIES = ["id_rsa", "id_ecdsa", "id_ed25519"];
const USER_KNOWN_HOSTS = ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"];
const GLOBAL_KNOWN_HOSTS = ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];
const METHODS: readonly LoginMethod[] = ["publickey", "keyboard-interactive", "password"];

/**
 * What destination, options and ssh_config say about one host, in this order of precedence.
 * @param beyondUs problems that are none, since the box's own ssh is to connect
 */
export function settingsFor(
  to: Destination,
  files: readonly ConfigFile[],
  options: SshOptions,
  box: LocalBox,
  beyondUs: readonly ConfigProblem[] = [],
): Result<ResolvedSettings, readonly ConfigProblem[]> {
  const { directives, problems, told } = resolveHost({
    files,
    host: to.host,
    localUser: box.user,
    ignored: new Set([
      ...(options.ignoreDirectives?.map((word) => word.toLowerCase()) ?? []),
      ...beyondUs.flatMap((problem) => problem.beyondUs ?? []),
    ]),
    ...defined({ hostname: to.address, user: to.user }),
  });
  if (problems.length > 0) return fail(problems);
  const reader = new DirectiveReader(directives);
  const hostname = to.address?.toLowerCase() ?? hostnameOf(reader, to.host);
  const port = to.port ?? reader.value("port", values.parsePort) ?? DEFAULT_PORT;
  const user = to.user ?? reader.word("user") ?? box.user;
  const jump = reader.line("proxy")?.keyword === "proxyjump" ? (reader.line("proxy")?.rest ?? "") : "";
  const hostKeyAlias = reader.word("hostkeyalias")?.toLowerCase();
  const tokens = tokensOf({ host: to.host, hostname, hostKeyAlias, port, user, jump }, box);
  const paths = new PathReader(reader, tokens, box);
  const settings: HostSettings = {
    host: to.host,
    hostname,
    port,
    user,
    proxy: proxyOf(reader, tokens),
    addressFamily: reader.value("addressfamily", values.parseAddressFamily) ?? 0,
    ...defined({
      bindAddress: reader.word("bindaddress"),
      algorithms: beyondUs.length > 0 ? undefined : algorithmsOf(reader),
      connectTimeoutMs: reader.value("connecttimeout", values.parseTimeMs) || undefined,
    }),
    hostKey: { ...namesOf(to, hostname, port, hostKeyAlias), ...hostKeyOf(reader, paths, options) },
    login: loginOf(reader, paths, options, box),
    isKerberosOn: reader.value("gssapiauthentication", values.parseFlag) ?? false,
    beyondUs: [
      ...beyondUs.map(({ beyondUs: what = "", file, line }) => `${what} (${file}:${line})`),
      ...beyondOf(reader),
    ],
    aliveIntervalMs: reader.value("serveraliveinterval", values.parseTimeMs) ?? DEFAULT_ALIVE_INTERVAL_MS,
    aliveCountMax: reader.value("serveralivecountmax", values.parseCount) ?? DEFAULT_ALIVE_COUNT,
  };
  return reader.problems.length > 0 ? fail(reader.problems) : succeed({ settings, told });
}

class PathReader {
  readonly #reader: DirectiveReader;
  readonly #tokens: Tokens;
  readonly #box: LocalBox;

  constructor(reader: DirectiveReader, tokens: Tokens, box: LocalBox) {
    this.#reader = reader;
    this.#tokens = tokens;
    this.#box = box;
  }

  path(text: string, line?: ConfigLine): string {
    return this.#reader.take(line, expandPath(text, this.#tokens, this.#box));
  }

  /** All arguments of the first line; "none" is no file. */
  list(keyword: string, otherwise: readonly string[]): string[] {
    const line = this.#reader.line(keyword);
    return (line?.args ?? otherwise).filter(isFile).map((text) => this.path(text, line));
  }
}

function isFile(text: string): boolean {
  return text.toLowerCase() !== "none";
}

/** In lower case, as ssh has it. */
function hostnameOf(reader: DirectiveReader, host: string): string {
  const line = reader.line("hostname");
  const written = line?.args[0];
  if (written === undefined) return host.toLowerCase();
  return reader.take(line, expandTokens(written, { h: host })).toLowerCase();
}

function proxyOf(reader: DirectiveReader, tokens: Tokens): Proxy {
  const line = reader.line("proxy");
  const { h = "", n = "", p = "", r = "" } = tokens;
  const expand = (text: string) => reader.take(line, expandTokens(text, { h, n, p, r }));
  if (line === undefined || line.rest.toLowerCase() === "none") return { kind: "none" };
  if (line.keyword === "proxycommand") return { kind: "command", command: expand(line.rest) };
  const hops = (parseJumpList(line.rest) ?? []).map(({ host, user, port }): JumpHop => ({
    host: expand(host),
    ...defined({ user: user === undefined ? undefined : expand(user), port }),
  }));
  return hops.length === 0 ? { kind: "none" } : { kind: "jump", hops };
}

/** With an address of the inventory, what is known of the name itself counts as well. */
function namesOf(
  { host, address }: Destination,
  hostname: string,
  port: number,
  alias: string | undefined,
): Pick<HostKeySettings, "names" | "namesWithoutPort"> {
  if (alias !== undefined) return { names: [alias], namesWithoutPort: [] };
  const own = address === undefined || host.toLowerCase() === hostname ? [] : [host];
  return {
    names: [knownName(hostname, port), ...own.map((name) => knownName(name, port))],
    namesWithoutPort: port === DEFAULT_PORT ? [] : [hostname, ...own].map((name) => name.toLowerCase()),
  };
}

function hostKeyOf(
  reader: DirectiveReader,
  paths: PathReader,
  options: SshOptions,
): Omit<HostKeySettings, "names" | "namesWithoutPort"> {
  return {
    files: options.knownHostsFiles ?? [
      ...paths.list("userknownhostsfile", USER_KNOWN_HOSTS),
      ...paths.list("globalknownhostsfile", GLOBAL_KNOWN_HOSTS),
    ],
    filesAreNamed: options.knownHostsFiles !== undefined,
    strict:
      options.strictHostKeyChecking ?? reader.value("stricthostkeychecking", values.parseStrictness) ?? "yes",
    hashNames: reader.value("hashknownhosts", values.parseFlag) ?? false,
  };
}

function loginOf(
  reader: DirectiveReader,
  paths: PathReader,
  options: SshOptions,
  box: LocalBox,
): LoginSettings {
  const written = reader
    .lines("identityfile")
    .filter(({ args }) => isFile(args[0] ?? "none"))
    .map((line) => paths.path(line.args[0] ?? "", line));
  const named = [...(options.identities ?? []), ...written];
  const areNamed = named.length > 0 || reader.line("identityfile") !== undefined;
  return {
    identityFiles: areNamed
      ? Array.from(new Set(named))
      : DEFAULT_IDENTITIES.map((name) => `${box.home}/.ssh/${name}`),
    identitiesAreNamed: areNamed,
    certificateFiles: reader
      .lines("certificatefile")
      .filter(({ args }) => isFile(args[0] ?? "none"))
      .map((line) => paths.path(line.args[0] ?? "", line)),
    identitiesOnly: reader.value("identitiesonly", values.parseFlag) ?? false,
    ...defined({ agentSocket: agentSocketOf(reader, paths, options, box) }),
    methods: methodsOf(reader),
  };
}

/** Ways to log in, and to know a host, that ssh2 has not. */
const ONLY_OPENSSH = [
  "certificatefile",
  "hostbasedauthentication",
  "knownhostscommand",
  "pkcs11provider",
  "gssapiauthentication",
];

function beyondOf(reader: DirectiveReader): readonly string[] {
  return ONLY_OPENSSH.flatMap((keyword) => reader.line(keyword) ?? [])
    .filter((line) => !isInert(line) && !isOfTheBox(line))
    .map(({ keyword, file, line }) => `${keyword} (${file}:${line})`);
}

/** Debian's own file turns Kerberos on for everybody; whoever has a ticket shows that otherwise. */
function isOfTheBox({ keyword, file }: ConfigLine): boolean {
  return keyword === "gssapiauthentication" && file.startsWith("/etc/ssh/ssh_config");
}

function agentSocketOf(
  reader: DirectiveReader,
  paths: PathReader,
  options: SshOptions,
  box: LocalBox,
): string | undefined {
  const line = reader.line("identityagent");
  const text = line?.args[0];
  if (text === undefined || text === "SSH_AUTH_SOCK") return options.agentSocket;
  if (!isFile(text)) return undefined;
  const variable = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(text)?.[1];
  return variable === undefined ? paths.path(text, line) : box.env[variable];
}

function methodsOf(reader: DirectiveReader): readonly LoginMethod[] {
  const preferred = reader.word("preferredauthentications")?.split(",");
  const ordered = preferred?.flatMap((word) => METHODS.filter((method) => method === word)) ?? METHODS;
  const flags: Readonly<Record<LoginMethod, string>> = {
    publickey: "pubkeyauthentication",
    "keyboard-interactive": "kbdinteractiveauthentication",
    password: "passwordauthentication",
  };
  return ordered.filter(
    (method) => reader.word(flags[method]) === undefined || isOn(reader.word(flags[method])),
  );
}

/** PubkeyAuthentication has more words than yes and no (unbound, host-bound). */
function isOn(word: string | undefined): boolean {
  return word !== undefined && values.parseFlag(word) !== false;
}

/** How known_hosts calls a host: the bare name on port 22, else `[name]:port`. */
export function knownName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}
