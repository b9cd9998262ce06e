import { foldHosts } from "../hosts/fold/fold-hosts.ts";

/** Names that have nothing in common fold to a long text. */
const MOST_SHOWN = 400;

/** Hosts for a message: as many as one can look at. */
export function foldShown(hosts: readonly string[]): string {
  const folded = foldHosts(hosts);
  return folded.length > MOST_SHOWN ? `${folded.slice(0, MOST_SHOWN)}…` : folded;
}
