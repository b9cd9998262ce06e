import { formatCoordinator, parseCoordinator, type CoordinatorAddress } from "@roadrunner/engine/address";

/** What a next command must be given to reach the same coordinator; empty where the environment names it already. */
export function coordinatorWord(
  coordinator: CoordinatorAddress,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const named = parseCoordinator(env["RR_COORDINATOR"] ?? "");
  const name = formatCoordinator(coordinator);
  return named.ok && formatCoordinator(named.value) === name ? "" : ` --coordinator ${name}`;
}
