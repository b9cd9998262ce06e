import { fail, succeed, type Result } from "@roadrunner/core/cli";

/** Where a coordinator listens: a Unix socket, by its absolute path. */
export interface CoordinatorAddress {
  readonly path: string;
}

/** Of a Unix socket: what Linux has room for. */
const MAX_PATH_BYTES = 107;
const EXAMPLE = '"unix:/run/user/1000/roadrunner/coordinator.sock"';

/** As it is written: "unix:/path". */
export function formatCoordinator({ path }: CoordinatorAddress): string {
  return `unix:${path}`;
}

/** Reads "unix:/path". */
export function parseCoordinator(text: string): Result<CoordinatorAddress, string> {
  const quoted = JSON.stringify(text);
  if (/^https?:/i.test(text))
    return fail(`${quoted}: coordinators are reached by a Unix socket on their own box; http(s) comes later`);
  const path = /^(?:unix:)?(\/.*)$/s.exec(text)?.[1];
  if (path === undefined)
    return fail(`${quoted} is not a coordinator: expected its socket by an absolute path, as in ${EXAMPLE}`);
  if (path.includes("\0")) return fail(`${quoted} is not a path`);
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_PATH_BYTES)
    return fail(
      `${quoted}: the path of a Unix socket has at most ${MAX_PATH_BYTES} bytes, and this one has ${bytes}`,
    );
  return succeed({ path });
}
