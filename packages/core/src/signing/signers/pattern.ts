/** Whether a text is matched by a list of OpenSSH patterns (`*`, `?`, `,`, `!`); a negated match decides. */
export function matchesList(text: string, list: string): boolean {
  let matched = false;
  for (const pattern of list.split(",")) {
    const negated = pattern.startsWith("!");
    if (!matches(text, negated ? pattern.slice(1) : pattern)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/**
 * Not by a regular expression, whose tries multiply with each `*`: the text is a name that a signer gives himself. Here
 * only the last `*` seen is tried at other lengths, which is enough.
 */
function matches(text: string, pattern: string): boolean {
  let [at, inPattern] = [0, 0];
  let star: { readonly inPattern: number; at: number } | undefined;
  while (at < text.length) {
    if (pattern[inPattern] === "*") {
      inPattern += 1;
      star = { inPattern, at };
    } else if (
      inPattern < pattern.length &&
      (pattern[inPattern] === "?" || pattern[inPattern] === text[at])
    ) {
      at += 1;
      inPattern += 1;
    } else if (star !== undefined) {
      star.at += 1;
      at = star.at;
      inPattern = star.inPattern;
    } else return false;
  }
  while (pattern[inPattern] === "*") inPattern += 1;
  return inPattern === pattern.length;
}
