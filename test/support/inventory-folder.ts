import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readInventories } from "../../packages/flow-client/src/inventories/read-inventories.ts";
import { submitHere } from "./submit-here.ts";

/** What `rr-submit plan --json` prints, as far as tests look. */
export interface PlanJson {
  readonly slots: readonly { readonly jobs: readonly { readonly hosts: readonly string[] }[] }[];
}

/** Inventories in a folder, and what `rr-submit plan` makes of them. */
export class InventoryFolder {
  readonly #folder: string;

  constructor(path: string) {
    this.#folder = path;
    // Others may come as far as this: below a closed folder nothing can be exchanged.
    chmodSync(path, 0o755);
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  write(name: string, text: string, mode = 0o644): string {
    const path = this.path(name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  }

  plan(hosts: string, inventories: readonly string[]): ReturnType<typeof submitHere> {
    const jobs = [{ hosts, command: "true" }];
    const flow = this.write("flow.json", JSON.stringify({ slots: [{ jobs }] }));
    const given = inventories.flatMap((inventory) => ["--inventory", inventory]);
    return submitHere(["plan", flow, "--no-servers", "--json", ...given]);
  }

  async hostsOf(group: string, inventories: readonly string[]): Promise<readonly string[]> {
    const { code, stdout, stderr } = await this.plan(`@${group}`, inventories);
    if (code !== 0) throw new Error(stderr);
    return (JSON.parse(stdout) as PlanJson).slots[0]?.jobs[0]?.hosts ?? [];
  }
}

/** What is known of each host. */
export async function entriesOf(file: string): Promise<object> {
  const read = await readInventories({ inventory: [file] });
  const joined = read.ok ? await read.value.naming([]) : read;
  return joined.ok ? (joined.value?.inventory.hosts ?? {}) : joined;
}
