import type { CoordinatorAddress } from "../usage/parse-coordinator.ts";

interface Placed {
  readonly coordinator?: CoordinatorAddress | undefined;
  readonly here?: boolean;
}

/** With the coordinator that counts: none where `--here` says so. */
export function placed<T extends Placed>(options: T): T {
  return options.here === true ? { ...options, coordinator: undefined } : options;
}

/** What is said of two places at once. */
export function placeProblems(argv: Readonly<Record<string, unknown>>): readonly string[] {
  return argv["here"] === true && argv["coordinator"] !== undefined
    ? ["--here and --coordinator exclude each other: leave one out"]
    : [];
}
