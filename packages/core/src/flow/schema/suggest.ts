import { closestMatch } from "leven";

/** The known word that was probably meant: off by at most a third of its letters, case aside. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 100) return undefined;
  const maxDistance = Math.max(1, Math.floor(word.length / 3));
  const byLowerCase = new Map(known.map((candidate) => [candidate.toLowerCase(), candidate]));
  const closest = closestMatch(word.toLowerCase(), [...byLowerCase.keys()], { maxDistance });
  return closest === undefined ? undefined : byLowerCase.get(closest);
}
