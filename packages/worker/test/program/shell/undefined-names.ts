/** What a shell text calls and does not define, and what it reads and nothing in it sets; by the text alone. */
export function undefinedNames(text: string): readonly string[] {
  const defined = new Set<string>();
  const set = new Set<string>();
  const called = new Set<string>();
  const read = new Set<string>();
  const rest = text
    .replace(/\b(?:read -r|for)((?: rr[a-zA-Z]+)+)/g, (_, names: string) => {
      for (const name of names.trim().split(" ")) set.add(name);
      return "";
    })
    .replace(/\$\(\(([^()]*)\)\)/g, (_, sum: string) => {
      for (const name of sum.match(/\brr[a-zA-Z]+/g) ?? []) read.add(name);
      return "";
    });
  for (const { 0: name, index } of rest.matchAll(/\brr[a-zA-Z]+\b/g)) {
    const before = rest.slice(Math.max(0, index - 3), index);
    const after = rest.slice(index + name.length);
    // A name that a process id is put behind.
    if (after.startsWith("$")) continue;
    if (after.startsWith("(){")) defined.add(name);
    else if (/(?:\$|\$\{|\$\{#)$/.test(before)) read.add(name);
    else if (after.startsWith("=")) set.add(name);
    else called.add(name);
  }
  return [
    ...[...called].filter((name) => !defined.has(name)).map((name) => `${name} is called`),
    ...[...read].filter((name) => !set.has(name)).map((name) => `${name} is read`),
  ];
}
