import { formatCoordinator, serverName, type CoordinatorAddress } from "@roadrunner/engine/address";

/** What to do where no coordinator is. */
export function startOne(address: CoordinatorAddress): string {
  if (address.kind === "socket")
    return `Start one: rr-coordinator --servers HOST:PORT --listen ${formatCoordinator(address)}; or do without it: --here`;
  return `Does one run there (rr-coordinator --listen ${serverName(address)}), and is nothing in between? Or do without it: --here`;
}
