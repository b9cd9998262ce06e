export interface SshdConfigInput {
  readonly dir: string;
  readonly port: number;
  /** sshd's version, such as 9.2. */
  readonly version: number;
  /** The login user's password is locked ("!"), which sshd takes for a locked account unless PAM decides. */
  readonly lockedPassword: boolean;
  /** Set in each session, so that what a test started can be found again. */
  readonly marker: string;
  readonly extra: string;
  /** On which address; empty: the command line says so. Default: on all. */
  readonly listen?: string;
}

/**
 * The text of a test sshd's sshd_config. sshd takes the first value of a directive, so the extra lines go
 * first; those from the first `Match` on go last, since a Match block ends only with the file.
 */
export function sshdConfig(input: SshdConfigInput): string {
  const { dir, port, version } = input;
  const match = input.extra.search(/^\s*Match\s/im);
  const plain = match === -1 ? input.extra : input.extra.slice(0, match);
  const matched = match === -1 ? "" : input.extra.slice(match);
  return [
    plain,
    `Port ${port}`,
    ...(input.listen === "" ? [] : [`ListenAddress ${input.listen ?? "0.0.0.0"}`]),
    `HostKey ${dir}/host_key`,
    `AuthorizedKeysFile ${dir}/authorized_keys`,
    `PidFile ${dir}/sshd.pid`,
    "StrictModes no",
    `UsePAM ${input.lockedPassword ? "yes" : "no"}`,
    "PermitRootLogin yes",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UseDNS no",
    "PrintMotd no",
    "PrintLastLog no",
    "LogLevel VERBOSE",
    // The one directive of which sshd 9.2 takes the last value.
    ...(/^\s*MaxStartups\s/im.test(plain) ? [] : ["MaxStartups 10000"]),
    ...(version >= 9.8 ? ["PerSourcePenalties no"] : []),
    // An own HOME: what the tester's .bashrc does (and how long it takes) is no part of the tests.
    `SetEnv HOME=${dir}/home RR_TEST_DIR=${dir}/work RR_TEST_SSHD=${input.marker}`,
    matched,
    "",
  ].join("\n");
}

/** The OpenSSH client's configuration: `ssh -F FILE HOST` logs in on any of the hosts, by name or address. */
export function sshClientConfig(input: {
  readonly dir: string;
  readonly port: number;
  readonly user: string;
  /** Name to address. */
  readonly names: ReadonlyMap<string, string>;
}): string {
  const blocks = Array.from(input.names, ([name, address]) => `Host ${name}\n  HostName ${address}\n`);
  return [
    ...blocks,
    "Host *",
    `  Port ${input.port}`,
    `  User ${input.user}`,
    `  IdentityFile ${input.dir}/client_key`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${input.dir}/known_hosts`,
    "  GlobalKnownHostsFile /dev/null",
    "  StrictHostKeyChecking yes",
    "  BatchMode yes",
    "  LogLevel ERROR",
    "",
  ].join("\n");
}

/**
 * @param publicKey the host key's file; all hosts have the one
 * @param names name to address
 */
export function knownHosts(publicKey: string, port: number, names: ReadonlyMap<string, string>): string {
  const key = publicKey.split(" ").slice(0, 2).join(" ");
  return Array.from(names, ([name, address]) => {
    const patterns = new Set([`[${address}]:${port}`, `[${name}]:${port}`]);
    return `${Array.from(patterns).join(",")} ${key}\n`;
  }).join("");
}
