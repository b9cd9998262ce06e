import type { CoordinatorAddress } from "@roadrunner/engine/address";

interface Placed {
  readonly coordinator?: CoordinatorAddress | undefined;
  readonly here?: boolean;
}

type Arguments = Readonly<Record<string, unknown>>;

/** With the coordinator that counts: none where `--here` says so. */
export function placed<T extends Placed>(options: T): T {
  return options.here === true ? { ...options, coordinator: undefined } : options;
}

/** What is said of two places at once. */
export function placeProblems(argv: Arguments): readonly string[] {
  return argv["here"] === true && argv["coordinator"] !== undefined
    ? ["--here and --coordinator exclude each other: leave one out"]
    : [];
}

/** What is said of certificates, where nobody shows one. */
export function certificateProblems(argv: Arguments, { coordinator }: Placed): readonly string[] {
  return argv["coordinator-ca"] === undefined || coordinator?.kind === "tls"
    ? []
    : ["--coordinator-ca needs a coordinator that is reached by TLS: --coordinator https://HOST"];
}
