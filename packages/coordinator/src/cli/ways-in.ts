import { defined, fail, succeed, type Result } from "@roadrunner/core";
import type { Log } from "@roadrunner/core/service";
import { defaultSocket, type HostPort } from "@roadrunner/engine/address";
import { Doors } from "../doors/doors.ts";
import { doorsFault } from "../doors/listen-address.ts";
import { TlsFiles } from "../doors/tls-files.ts";
import type { CoordinatorStanding } from "../health/metrics.ts";
import { Logins, type LoginObserver } from "../login/logins.ts";
import { SignersOfFiles } from "../login/signers.ts";
import { watchSigners } from "../login/watch-signers.ts";
import type { CoordinatorOptions } from "../options/options.ts";
import type { Entrance } from "../server/admission/admission.ts";
import { ApiServer } from "../server/api-server.ts";
import type { buildApp } from "../server/app.ts";
import type { Store } from "../store/store.ts";

/** How a coordinator is reached, as its options and the files that they name have it. All ways lead to the same runs. */
export interface WaysIn {
  /** Paths of sockets, each its owner's alone: nobody logs in there. */
  readonly sockets: readonly string[];
  /** Absent: it listens on sockets alone. */
  readonly network?: NetworkWay;
}

/** Here everybody logs in. */
interface NetworkWay {
  readonly addresses: readonly Required<HostPort>[];
  readonly tls: TlsFiles | undefined;
  readonly signers: SignersOfFiles;
  readonly watching: ReturnType<typeof watchSigners>;
  readonly doors: Doors;
}

type Env = Readonly<Record<string, string | undefined>>;

type App = ReturnType<typeof buildApp>;

/** The errors say what of the options and the files does not do, and what to do. */
export function waysIn(options: CoordinatorOptions, env: Env, log: Log): Result<WaysIn, readonly string[]> {
  const fault = doorsFault(options);
  if (fault !== undefined) return fail([fault]);
  const { listen } = options;
  const addresses = listen.filter((address) => address.kind === "network");
  const named = listen.flatMap((address) => (address.kind === "socket" ? [address.path] : []));
  const sockets = listen.length === 0 ? [defaultSocket(env)] : named;
  if (addresses.length > 0) {
    const network = networkWay(addresses, options, log);
    return network.ok ? succeed({ sockets, network: network.value }) : network;
  }
  if ((options["allowed-signers"] ?? options["revoked-signers"] ?? options.roles) !== undefined)
    log.warn("nobody logs in on a Unix socket: --allowed-signers, --revoked-signers and --roles say nothing");
  return succeed({ sockets });
}

function networkWay(
  addresses: readonly Required<HostPort>[],
  options: CoordinatorOptions,
  log: Log,
): Result<NetworkWay, readonly string[]> {
  const { "tls-cert": cert, "tls-key": key } = options;
  const signers = new SignersOfFiles({
    allowedSigners: options["allowed-signers"] ?? "",
    revokedSigners: options["revoked-signers"],
    roles: options.roles,
  });
  const read = signers.get();
  if (!read.ok) return fail(read.error);
  const tls = cert === undefined || key === undefined ? undefined : TlsFiles.open({ cert, key }, log);
  if (tls?.ok === false) return fail([tls.error]);
  const watching = watchSigners(signers, log);
  return succeed({ addresses, tls: tls?.value, signers, watching, doors: new Doors() });
}

/** Logins of those who come over the network; undefined: nobody does. */
export function entranceOf(
  { network }: WaysIn,
  options: CoordinatorOptions,
  parts: { readonly store: Store; readonly log: Log; readonly observer: LoginObserver },
): Entrance | undefined {
  if (network === undefined) return undefined;
  const { addresses, tls, signers, doors } = network;
  const publicAddresses = options["public-address"] ?? [];
  const names = () => ({
    ...{ addresses, publicAddresses },
    ...defined({ certificate: tls?.pair.certificate }),
  });
  return { logins: new Logins({ ...parts, signers, names }), doors };
}

/**
 * Listens everywhere, or, where one place cannot be listened at, nowhere.
 * @param appFor what is asked there; with an entrance only by whoever has logged in
 */
export async function listenAt(
  ways: WaysIn,
  entrance: Entrance | undefined,
  appFor: (entrance?: Entrance) => App,
): Promise<Result<readonly ApiServer[], string>> {
  const { sockets, network } = ways;
  const opened = await Promise.all([
    ...sockets.map(async (path) => ApiServer.onSocket(path, appFor())),
    // Never without logins.
    ...(network === undefined || entrance === undefined
      ? []
      : network.addresses.map(async (at) => ApiServer.onNetwork({ ...network, ...at }, appFor(entrance)))),
  ]);
  const servers = opened.flatMap((one) => (one.ok ? [one.value] : []));
  const failed = opened.find((one) => !one.ok);
  if (failed === undefined) return succeed(servers);
  await Promise.all(servers.map(async (server) => server.close()));
  return failed;
}

/** Why nobody can come in over the network now, or nobody new. */
export function wayInReasons({ network }: WaysIn, entrance: Entrance | undefined): readonly string[] {
  const fault = network?.tls?.fault;
  return [...(fault === undefined ? [] : [fault]), ...(entrance?.logins.reasons() ?? [])];
}

/** What the metrics say of it. */
export function standingOf({
  network,
}: WaysIn): Pick<CoordinatorStanding, "connections" | "certificateEndsMs"> {
  if (network === undefined) return {};
  const { known, strangers } = network.doors.connections;
  const end = network.tls === undefined ? undefined : Date.parse(network.tls.pair.certificate.validTo);
  return {
    connections: { known, strangers, turnedAway: network.doors.turnedAway },
    ...defined({ certificateEndsMs: end }),
  };
}

export function closeWaysIn({ network }: WaysIn): void {
  network?.watching.end();
  network?.doors.close();
  network?.tls?.close();
}
