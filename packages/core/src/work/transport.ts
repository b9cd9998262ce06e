/**
 * How a worker reaches a host: `builtin` is ssh2 in its own process, `openssh` its box's own ssh, `auto` the first where
 * that can do what the host asks for, and else the second; `local` is the worker's own box, without SSH.
 */
export const TRANSPORTS = ["auto", "builtin", "openssh", "local"] as const;
export type TransportName = (typeof TRANSPORTS)[number];
