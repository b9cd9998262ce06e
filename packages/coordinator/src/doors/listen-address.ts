import { isAbsolute } from "node:path";
import { fail, succeed, type Result } from "@roadrunner/core/errors";
import {
  isLoopback,
  parseHostPort,
  parseSocket,
  serverName,
  type HostPort,
} from "@roadrunner/engine/address";

/** Where a coordinator listens. */
export type ListenAddress =
  { readonly kind: "socket"; readonly path: string } | ({ readonly kind: "network" } & Required<HostPort>);

const WRITTEN = "0.0.0.0:4780, [::1]:4780 or unix:/run/roadrunner/coordinator.sock";

/** Reads addresses that are parted by commas; none may stand twice. */
export function parseListens(text: string): Result<readonly ListenAddress[], string> {
  const addresses: ListenAddress[] = [];
  for (const written of text.split(",")) {
    const address = parseListen(written.trim());
    if (!address.ok) return address;
    addresses.push(address.value);
  }
  return succeed(joinedListens([addresses]));
}

/** One list of all, in which nothing stands twice. */
export function joinedListens(lists: readonly (readonly ListenAddress[])[]): readonly ListenAddress[] {
  return [...new Map(lists.flat().map((address) => [listenText(address), address])).values()];
}

/** As it is written behind --listen. */
export function listenText(address: ListenAddress): string {
  return address.kind === "socket" ? `unix:${address.path}` : serverName(address);
}

/** Reads `HOST:PORT`, `[::1]:PORT`, `unix:/path` or `/path`. */
export function parseListen(text: string): Result<ListenAddress, string> {
  if (text.startsWith("unix:") || isAbsolute(text)) {
    const path = parseSocket(text);
    return path.ok ? succeed({ kind: "socket", path: path.value }) : path;
  }
  if (/^[a-z]+:\/\//i.test(text))
    return fail(`${JSON.stringify(text)} is a URL; a coordinator listens at an address, as in ${WRITTEN}`);
  const at = parseHostPort(text);
  if (!at.ok) return fail(`${at.error}; a coordinator listens at an address, as in ${WRITTEN}`);
  const { host, port } = at.value;
  return port === undefined
    ? fail(`${JSON.stringify(text)} has no port; a coordinator listens at an address, as in ${WRITTEN}`)
    : succeed({ kind: "network", host, port });
}

/** Reads `HOST:PORT,HOST:PORT`. */
export function parsePublicAddresses(text: string): Result<readonly Required<HostPort>[], string> {
  const addresses: Required<HostPort>[] = [];
  for (const written of text.split(",")) {
    const at = parseHostPort(written.trim());
    if (!at.ok) return fail(`${at.error}; addresses are parted by commas`);
    const { host, port } = at.value;
    if (port === undefined)
      return fail(`${JSON.stringify(written)} has no port; operators reach it at one, as in ${host}:4780`);
    addresses.push({ host, port });
  }
  return succeed(addresses);
}

/** What of the options says who comes in, and how. */
export interface DoorOptions {
  /** None: a socket at its usual place. */
  readonly listen: readonly ListenAddress[];
  readonly "tls-cert": string | undefined;
  readonly "tls-key": string | undefined;
  readonly "allowed-signers": string | undefined;
  readonly "revoked-signers": string | undefined;
  readonly roles: string | undefined;
  readonly "public-address": readonly Required<HostPort>[] | undefined;
}

/** Why a coordinator is not to listen so; undefined: it may. */
export function doorsFault(options: DoorOptions): string | undefined {
  const { listen, "tls-cert": certificate, "tls-key": key, "allowed-signers": signers } = options;
  const network = listen.filter((address) => address.kind === "network");
  const [first] = network;
  if (first === undefined && (certificate ?? key ?? options["public-address"]) !== undefined)
    return "--tls-cert, --tls-key and --public-address are for a coordinator that listens at HOST:PORT, and this one listens on a Unix socket; say --listen HOST:PORT, or leave them out";
  if (first === undefined) return undefined;
  if (signers === undefined)
    return `--listen ${listenText(first)} needs --allowed-signers FILE, which says whose SSH keys may log in: anybody reaches a port; without it, listen on a Unix socket (--listen unix:/path)`;
  if ((certificate === undefined) !== (key === undefined))
    return `--tls-${certificate === undefined ? "key" : "cert"} needs --tls-${certificate === undefined ? "cert" : "key"} as well: a certificate and its private key`;
  const reached = certificate === undefined ? network.find(({ host }) => !isLoopback(host)) : undefined;
  if (reached !== undefined)
    return `--listen ${listenText(reached)} needs --tls-cert FILE and --tls-key FILE: without TLS whoever is on the way could take a login; only 127.0.0.1, [::1] and localhost may do without`;
  return undefined;
}
