import { networkInterfaces } from "node:os";

/** What a box is called, and where it is. */
export interface BoxNames {
  readonly hostname: string;
  readonly addresses: readonly string[];
}

/** All addresses that this box has now. */
export function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((some = []) => some.map(({ address }) => address));
}

/**
 * Whether a host is this box: `localhost` is whichever box is asked; else it has this one's host name, with or without a
 * domain, or one of its addresses. Workers of one pool stand on several boxes, and any of them may be given the task.
 */
export function isThisBox(host: string, { hostname, addresses }: BoxNames): boolean {
  const asked = host.toLowerCase();
  const own = hostname.toLowerCase();
  if (asked === "localhost" || asked === own || /^127(\.\d+){3}$/.test(asked)) return true;
  if (addresses.some((address) => address.toLowerCase() === asked)) return true;
  return asked.split(".")[0] === own.split(".")[0] && asked.includes(".") !== own.includes(".");
}
