/**
 * A host as an expression names it. Its identity is `name` alone (case and zero padding kept);
 * `user` and `port` say how it is reached. An IPv6 literal stands in `name` without brackets.
 */
export interface Host {
  readonly name: string;
  readonly user?: string;
  /** TCP port, 1 to 65535. */
  readonly port?: number;
}

/** `user@name:port`, the way it is written in an expression; an IPv6 literal with a port is bracketed. */
export function formatHost(host: Host): string {
  const user = host.user === undefined ? "" : `${host.user}@`;
  if (host.port === undefined) return `${user}${host.name}`;
  const name = host.name.includes(":") ? `[${host.name}]` : host.name;
  return `${user}${name}:${host.port}`;
}
