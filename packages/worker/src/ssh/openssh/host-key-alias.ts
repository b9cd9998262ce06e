import type { HostKeySettings } from "../config/host-settings.ts";
import type { Destination } from "../config/settings-for.ts";
import type { KnownHostsStore } from "../known-hosts/known-hosts-store.ts";

/**
 * With an address of the inventory, what is known of the host's own name counts as well; ssh looks up one name alone.
 * Undefined: the one that it takes by itself.
 */
export function hostKeyAliasFor(
  { host, address }: Destination,
  hostKey: HostKeySettings,
  known: KnownHostsStore,
): string | undefined {
  const [byAddress, byName] = hostKey.names;
  if (address === undefined || byName === undefined) return undefined;
  const keys = (name: string) => known.keysFor({ ...hostKey, names: [name], namesWithoutPort: [] }).keys;
  if (keys(byAddress).some(({ marker }) => marker === "none")) return undefined;
  // A certificate is made out to the name without a port.
  const bare = host.toLowerCase();
  if (keys(bare).some(({ marker }) => marker === "cert-authority")) return bare;
  return keys(byName).length > 0 ? byName : undefined;
}
