import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expandHosts } from "@roadrunner/core";
import { readInventories } from "../../packages/flow-client/src/inventories/read-inventories.ts";

export const MAIN = (source: string) =>
  `[Main]\ndefault: ${source}\nconfdir: $CFGDIR/groups.conf.d\nautodir: "$CFGDIR/groups.d" /nowhere\n`;

/** Files of ClusterShell's, and what expressions come to with their groups. */
export class GroupsConfFolder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    // Others may come as far as this: below a closed folder nothing can be exchanged.
    chmodSync(path, 0o755);
  }

  /** Writes files into a folder of their own, and gives the path of its groups.conf. */
  conf(name: string, files: Readonly<Record<string, string>>): string {
    for (const [file, text] of Object.entries(files)) {
      const path = join(this.#path, name, file);
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, text);
    }
    return join(this.#path, name, "groups.conf");
  }

  async problems(file: string, expressions: readonly string[]): Promise<string> {
    return named(file, expressions).then(
      (hosts) => `no problem: ${JSON.stringify(hosts)}`,
      (error: Error) => error.message.replaceAll(this.#path, ""),
    );
  }
}

/** What expressions come to with the groups of a file. */
export async function named(
  file: string,
  expressions: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const read = await readInventories({ "groups-conf": file });
  const found = read.ok ? await read.value.naming(expressions) : read;
  if (!found.ok) throw new Error(found.error.join("\n"));
  const groups = new Map(Object.entries(found.value?.inventory.groups ?? {}));
  return expressions.map((expression) => hostsIn(expression, groups));
}

/** The hosts of an expression, or what is wrong with it. */
export function hostsIn(expression: string, groups: ReadonlyMap<string, string>): readonly string[] {
  const expanded = expandHosts(expression, { groups, allowEmpty: true });
  return expanded.ok ? expanded.value.map(({ name }) => name).toSorted() : [expanded.error.message];
}
