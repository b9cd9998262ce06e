import { succeed, type Result } from "@roadrunner/core/cli";
import { parseSocket } from "@roadrunner/engine/address";

/** Where a coordinator listens: a Unix socket, by its absolute path. */
export interface CoordinatorAddress {
  readonly path: string;
}

/** As it is written: "unix:/path". */
export function formatCoordinator({ path }: CoordinatorAddress): string {
  return `unix:${path}`;
}

/** Reads "unix:/path". */
export function parseCoordinator(text: string): Result<CoordinatorAddress, string> {
  const path = parseSocket(text);
  return path.ok ? succeed({ path: path.value }) : path;
}
