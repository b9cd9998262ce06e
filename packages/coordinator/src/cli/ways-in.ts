import { defined, fail, succeed, type Result } from "@roadrunner/core";
import type { Log } from "@roadrunner/core/service";
import { defaultSocket } from "@roadrunner/engine/address";
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

/** How a coordinator is reached, as its options and the files that they name have it. */
export type WayIn =
  | { readonly kind: "socket"; readonly path: string }
  | {
      readonly kind: "network";
      readonly host: string;
      readonly port: number;
      readonly tls: TlsFiles | undefined;
      readonly signers: SignersOfFiles;
      readonly watching: ReturnType<typeof watchSigners>;
      readonly doors: Doors;
    };

type Env = Readonly<Record<string, string | undefined>>;

/** The errors say what of the options and the files does not do, and what to do. */
export function wayIn(options: CoordinatorOptions, env: Env, log: Log): Result<WayIn, readonly string[]> {
  const fault = doorsFault(options);
  if (fault !== undefined) return fail([fault]);
  const { listen, "tls-cert": cert, "tls-key": key } = options;
  if (listen?.kind !== "network") {
    if ((options["allowed-signers"] ?? options["revoked-signers"] ?? options.roles) !== undefined)
      log.warn(
        "nobody logs in on a Unix socket: --allowed-signers, --revoked-signers and --roles say nothing",
      );
    return succeed({ kind: "socket", path: listen?.path ?? defaultSocket(env) });
  }
  const signers = new SignersOfFiles({
    allowedSigners: options["allowed-signers"] ?? "",
    revokedSigners: options["revoked-signers"],
    roles: options.roles,
  });
  const read = signers.get();
  if (!read.ok) return fail(read.error);
  const { host, port } = listen;
  const tls = cert === undefined || key === undefined ? undefined : TlsFiles.open({ cert, key }, log);
  if (tls?.ok === false) return fail([tls.error]);
  const watching = watchSigners(signers, log);
  return succeed({ kind: "network", host, port, tls: tls?.value, signers, watching, doors: new Doors() });
}

/** Logins of those who come over the network; undefined: nobody does. */
export function entranceOf(
  way: WayIn,
  options: CoordinatorOptions,
  parts: { readonly store: Store; readonly log: Log; readonly observer: LoginObserver },
): Entrance | undefined {
  if (way.kind === "socket") return undefined;
  const { host, port, tls, signers, doors } = way;
  const publicAddresses = options["public-address"] ?? [];
  const names = () => {
    const certificate = tls?.pair.certificate;
    return { host, port, publicAddresses, ...(certificate === undefined ? {} : { certificate }) };
  };
  return { logins: new Logins({ ...parts, signers, names }), doors };
}

export function listenAt(way: WayIn, app: ReturnType<typeof buildApp>): Promise<Result<ApiServer, string>> {
  return way.kind === "socket" ? ApiServer.onSocket(way.path, app) : ApiServer.onNetwork(way, app);
}

/** Why nobody can come in now, or nobody new. */
export function wayInReasons(way: WayIn, entrance: Entrance | undefined): readonly string[] {
  const fault = way.kind === "network" ? way.tls?.fault : undefined;
  return [...(fault === undefined ? [] : [fault]), ...(entrance?.logins.reasons() ?? [])];
}

/** What the metrics say of it. */
export function standingOf(way: WayIn): Pick<CoordinatorStanding, "connections" | "certificateEndsMs"> {
  if (way.kind === "socket") return {};
  const { known, strangers } = way.doors.connections;
  const end = way.tls === undefined ? undefined : Date.parse(way.tls.pair.certificate.validTo);
  return {
    connections: { known, strangers, turnedAway: way.doors.turnedAway },
    ...defined({ certificateEndsMs: end }),
  };
}

export function closeWayIn(way: WayIn): void {
  if (way.kind === "socket") return;
  way.watching.end();
  way.doors.close();
  way.tls?.close();
}
