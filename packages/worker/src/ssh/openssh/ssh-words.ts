/** Whom ssh is asked to connect to; ssh_config fills what is left out. */
export interface SshDestination {
  readonly host: string;
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
  /** Under which known_hosts has it, where that is another name. */
  readonly hostKeyAlias?: string;
}

/** The same for the master and for all that goes through it. */
interface Common {
  readonly configFile: string;
  readonly socket: string;
}

/** Nothing of ssh_config makes ssh do more than carry one command's streams. */
const PLAIN = ["-T", ...options("RemoteCommand=none", "ClearAllForwardings=yes", "PermitLocalCommand=no")];

/** The control master: it logs in, runs nothing, and tells on stderr how it goes. */
export function masterWords(
  to: SshDestination,
  { configFile, socket }: Common,
  mayGivePassword = false,
): readonly string[] {
  return [
    ...["ssh", "-F", configFile, "-M", "-N", "-v", "-S", socket, ...PLAIN],
    ...options("LogLevel=DEBUG1", "ControlPersist=no", "ForwardAgent=no", "ForwardX11=no", "Tunnel=no"),
    ...(mayGivePassword ? [] : options("PasswordAuthentication=no", "KbdInteractiveAuthentication=no")),
    ...destinationWords(to),
  ];
}

/**
 * A channel for a command through a master. Where that is gone or refuses, ssh would log in by itself; the
 * proxy that is none keeps it from that. ssh's own words go to `logFile`, so that they are never the command's.
 */
export function channelWords(
  to: SshDestination,
  { configFile, socket, logFile }: Common & { readonly logFile: string },
  command: string,
): readonly string[] {
  return [...throughMaster(configFile, socket, logFile), ...destinationWords(to), command];
}

/** A TCP connection from the host to another one, on stdin and stdout. */
export function forwardWords(
  to: SshDestination,
  { configFile, socket, logFile }: Common & { readonly logFile: string },
  host: string,
  port: number,
): readonly string[] {
  const wanted = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return [...throughMaster(configFile, socket, logFile), "-W", wanted, ...destinationWords(to)];
}

function throughMaster(configFile: string, socket: string, logFile: string): readonly string[] {
  return [
    ...["ssh", "-F", configFile, "-S", socket, "-E", logFile, ...PLAIN],
    ...options("ControlMaster=no", "BatchMode=yes", "ProxyCommand=false", "LogLevel=INFO"),
  ];
}

function destinationWords({ host, address, port, user, hostKeyAlias }: SshDestination): readonly string[] {
  return [
    ...(user === undefined ? [] : ["-l", user]),
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...(address === undefined ? [] : options(`HostName=${address.replaceAll("%", "%%")}`)),
    ...(hostKeyAlias === undefined ? [] : options(`HostKeyAlias=${hostKeyAlias}`)),
    ...["--", host],
  ];
}

function options(...settings: readonly string[]): readonly string[] {
  return settings.flatMap((setting) => ["-o", setting]);
}
