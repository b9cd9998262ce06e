/** `1 host`, `2 hosts`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** Behind a list of hosts, how many they are; of one host nothing, since its name tells it. */
export function hostCount(hosts: { readonly length: number }): string {
  return hosts.length === 1 ? "" : ` (${hosts.length})`;
}
