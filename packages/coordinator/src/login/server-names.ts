import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { isLoopback, parseHostPort, serverName, type HostPort } from "@roadrunner/engine/address";

/** By what a coordinator is reached. */
export interface ServerNames {
  /** Where it listens on the network. */
  readonly addresses: readonly Required<HostPort>[];
  /** Absent: it listens without TLS, for this box alone. */
  readonly certificate?: X509Certificate;
  /** As operators reach it through something else. */
  readonly publicAddresses: readonly Required<HostPort>[];
}

/**
 * Why a login that was signed for this server is not one for this coordinator; undefined: it is. What was signed for
 * another name may have been asked for by somebody in the middle. A certificate's wildcard proves no name: others may have
 * one that fits it, too.
 */
export function serverFault(names: ServerNames, signedFor: string): string | undefined {
  const at = parseHostPort(signedFor);
  if (at.ok && at.value.port !== undefined && isOwn(names, at.value.host, at.value.port)) return undefined;
  const known = names.publicAddresses.map((one) => serverName(one));
  return (
    `it was signed for ${JSON.stringify(signedFor.slice(0, 300))}, and this coordinator is not known by that name` +
    (known.length === 0 ? "" : ` (--public-address ${known.join(",")})`) +
    ": if it is right, name it with --public-address, or in the certificate of the coordinator; else somebody stands between"
  );
}

function isOwn({ addresses, certificate, publicAddresses }: ServerNames, name: string, at: number): boolean {
  if (publicAddresses.some((one) => one.host === name && one.port === at)) return true;
  const here = addresses.filter(({ port }) => port === at);
  if (here.length === 0) return false;
  if (certificate === undefined) return isLoopback(name) || here.some(({ host }) => host === name);
  return isIP(name) === 0
    ? certificate.checkHost(name, { wildcards: false, subject: "never" }) !== undefined
    : certificate.checkIP(name) !== undefined;
}
