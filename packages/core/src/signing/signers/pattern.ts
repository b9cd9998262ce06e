/** Whether a text is matched by a list of OpenSSH patterns (`*`, `?`, `,`, `!`); a negated match decides. */
export function matchesList(text: string, list: string): boolean {
  let matched = false;
  for (const pattern of list.split(",")) {
    const negated = pattern.startsWith("!");
    if (!toRegExp(negated ? pattern.slice(1) : pattern).test(text)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

function toRegExp(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/\*+/g, "*")
    .replaceAll(/[\\^$.+()|[\]{}]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s");
}
