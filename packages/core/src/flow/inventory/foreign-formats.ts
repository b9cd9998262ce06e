/** `[web]`, `[web:children]`; or variables behind a host. */
const INI = /^[ \t]*\[[\w.-]+(?::(?:children|vars|hosts))?\][ \t]*(?:[#;].*)?$|^[^#\s][^\n]*\sansible_\w+=/m;
/** `all:` with its hosts or children. */
const YAML = /^all:[ \t]*\r?\n(?:[ \t]*(?:#.*)?\r?\n)*[ \t]+(?:hosts|children|vars):/m;

/** Where a file that is none of ours shows that it was written for Ansible. */
export function ansibleAt(
  text: string,
): { readonly format: "INI" | "YAML"; readonly offset: number } | undefined {
  const ini = INI.exec(text);
  if (ini !== null) return { format: "INI", offset: ini.index };
  const yaml = YAML.exec(text);
  return yaml === null ? undefined : { format: "YAML", offset: yaml.index };
}

/** `[Main]` with its settings, or a source's `map`; Ansible has no such lines. */
const GROUPS_CONF =
  /^\[[^\]\n]+\][ \t]*\r?\n(?:[ \t]*(?:[#;].*)?\r?\n)*(?:default|confdir|autodir|groupsdir|map)[ \t]*[:=]/im;

/** Where a file shows that it is a groups.conf of ClusterShell. */
export function groupsConfAt(text: string): number | undefined {
  return GROUPS_CONF.exec(text)?.index;
}
