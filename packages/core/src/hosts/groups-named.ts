import { countNames, eachName } from "./parse/name-template.ts";
import { parseHostExpression } from "./parse/parse-host-expression.ts";

/** Of `@rack[1-1000000]` the rest is as unknown as these. */
const MOST_NAMES = 100_000;

/** The groups that an expression names, each once, up to what is wrong with it. */
export function groupsNamed(expression: string): ReadonlySet<string> {
  const named = new Set<string>();
  // Of most there is nothing to find, and an inventory may list a million hosts.
  if (!expression.includes("@")) return named;
  for (const term of parseHostExpression(expression)) {
    if (!term.ok) break;
    const { kind, names } = term.value.operand;
    if (kind !== "groups" || countNames(names) > MOST_NAMES) continue;
    eachName(names, (name) => {
      named.add(name);
      return true;
    });
  }
  return named;
}
