import { fail, succeed, type Result } from "@roadrunner/core";
import { matchPatterns } from "./pattern-list.ts";

/** What lists of algorithms in ssh_config are about: `KexAlgorithms +x`, `Ciphers -y*`, `MACs ^z`. */
export interface AlgorithmKind {
  /** In the order of preference. */
  readonly defaults: readonly string[];
  /** All that OpenSSH knows; what a pattern matches comes in this order. */
  readonly all: readonly string[];
  /** Names of key types may be patterns in any list, the others only where names are taken out. */
  readonly takesPatterns: boolean;
}

/** sshkey_type_from_name takes these for names, though no algorithm is called so. */
const KEY_NICKNAMES = new Set(["ed25519", "ed25519-sk", "ecdsa", "ecdsa-sk", "rsa", "dsa"]);

/** Whether ssh would read the line, in whatever block it stands. */
export function isAlgorithmList(written: string, kind: AlgorithmKind): boolean {
  if (written.startsWith("-")) return true;
  const isKnown = (name: string) =>
    kind.all.includes(name) ||
    (kind.takesPatterns &&
      (KEY_NICKNAMES.has(name.toLowerCase()) ||
        kind.all.some((one) => matchPatterns(one, [name]) !== "none")));
  return namesOf(written).every(isKnown);
}

/**
 * The names that a list stands for, as OpenSSH's kex_assemble_names finds them: `+` adds to the defaults, `-` takes out
 * of them, `^` puts before them, anything else replaces them.
 */
export function resolveAlgorithms(
  written: string | undefined,
  { defaults, all }: AlgorithmKind,
): Result<readonly string[], string> {
  if (written === undefined) return succeed(defaults);
  const names = namesOf(written);
  if (written.startsWith("-"))
    return succeed(defaults.filter((one) => matchPatterns(one, names) !== "matches"));
  const patterns = written.startsWith("+")
    ? [...defaults, ...names]
    : written.startsWith("^")
      ? [...names, ...defaults]
      : names;
  if (patterns.some((pattern) => pattern.startsWith("!"))) return fail(`"${written}" may not hold a "!"`);
  const found = new Set(
    patterns.flatMap((pattern) => all.filter((one) => matchPatterns(one, [pattern]) === "matches")),
  );
  return found.size === 0 ? fail(`"${written}" matches no algorithm`) : succeed(Array.from(found));
}

function namesOf(written: string): string[] {
  return (/^[-+^]/.test(written) ? written.slice(1) : written).split(",");
}
