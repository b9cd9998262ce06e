import { fail, succeed, type Result, type TransportName } from "@roadrunner/core";
import type { HostSettings } from "../config/host-settings.ts";
import type { TransportProblem } from "../../transport/transport.ts";
import { problem } from "../../transport/problem.ts";
import type { Destination } from "../config/settings-for.ts";

/** A host and the jump hosts on the way to it, each with its own settings. */
export interface HostRoute {
  readonly settings: HostSettings;
  /** What was asked for, as far as ssh_config does not say it. */
  readonly asked: Destination;
  /** Connected to first; it then connects to the host. */
  readonly jump?: HostRoute;
  /** By what, where the target says. */
  readonly transport?: TransportName;
  /** Nobody else goes this way, and its connection ends when it falls idle. */
  readonly isOwn?: true;
}

type Resolve = (to: Destination) => Result<HostSettings, TransportProblem>;

/** A host for messages. */
export function addressOf({ settings, jump }: HostRoute): string {
  const via = jump === undefined ? "" : `, via ${jump.settings.host}`;
  return `${settings.host} (${settings.hostname} port ${settings.port}${via})`;
}

/** Follows ProxyJump to its end. */
export function routeTo(to: Destination, resolve: Resolve): Result<HostRoute, TransportProblem> {
  const settings = resolve(to);
  return settings.ok ? routeOf(to, settings.value, resolve, []) : settings;
}

function routeOf(
  asked: Destination,
  settings: HostSettings,
  resolve: Resolve,
  onTheWay: readonly string[],
): Result<HostRoute, TransportProblem> {
  if (settings.proxy.kind !== "jump") return succeed({ asked, settings });
  const here = `${settings.user}@${settings.hostname}:${settings.port}`;
  if (onTheWay.includes(here))
    return fail(problem("config", `ProxyJump goes in a circle: ${[...onTheWay, here].join(" via ")}`));
  const { hops } = settings.proxy;
  const last = hops.at(-1);
  if (last === undefined) return succeed({ asked, settings });
  const own = resolve(last);
  if (!own.ok) return own;
  // Hops before the last one replace its own ProxyJump, as ssh -J does.
  const before = hops.slice(0, -1);
  const jumpSettings: HostSettings =
    before.length === 0 ? own.value : { ...own.value, proxy: { kind: "jump", hops: before } };
  const jump = routeOf(last, jumpSettings, resolve, [...onTheWay, here]);
  return jump.ok ? succeed({ asked, settings, jump: jump.value }) : jump;
}
