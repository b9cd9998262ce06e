import { formatCoordinator, parseCoordinator, type CoordinatorAddress } from "./parse-coordinator.ts";

/** What a next command must be given to reach the same coordinator; empty where the environment names it already. */
export function coordinatorWord(
  coordinator: CoordinatorAddress,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const named = parseCoordinator(env["RR_COORDINATOR"] ?? "");
  return named.ok && named.value.path === coordinator.path
    ? ""
    : ` --coordinator ${formatCoordinator(coordinator)}`;
}
