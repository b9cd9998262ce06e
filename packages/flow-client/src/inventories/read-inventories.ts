import {
  fail,
  formatFlowProblem,
  groupsNamed,
  joinInventories,
  labelsNobodyHas,
  loadInventory,
  succeed,
  unsoundNamed,
  type LoadedInventory,
  type Result,
} from "@roadrunner/core";
import { readInput } from "../usage/read-input.ts";
import { ClusterShellGroups } from "./clustershell/clustershell-groups.ts";
import { readGroupsConf } from "./clustershell/read-groups-conf.ts";
import { isProgram, printedBy } from "./inventory-program.ts";

/** The options that name inventories. */
export interface InventoryOptions {
  readonly inventory?: readonly string[] | undefined;
  readonly "groups-conf"?: string | undefined;
  /** Variables of Ansible that become labels. */
  readonly labels?: readonly string[] | undefined;
}

type Read = Result<LoadedInventory | undefined, readonly string[]>;

/** All inventories as one, once it is known what is named of them. */
export interface Inventories {
  /**
   * With those groups of ClusterShell that host expressions name; where a file of ours or the flow has a group of a
   * name, its default source is not asked for it.
   * @param ofFlow names of the flow's own groups
   */
  naming(expressions: readonly string[], ofFlow?: readonly string[]): Promise<Read>;
}

/** A program is asked once, however often its inventory is wanted. */
const read = new Map<string, Promise<Result<Inventories, readonly string[]>>>();

/** The error is every problem in the files, for the operator. */
export async function readInventories({
  inventory = [],
  "groups-conf": groupsConf,
  labels = [],
}: InventoryOptions): Promise<Result<Inventories, readonly string[]>> {
  const key = JSON.stringify([inventory, groupsConf, labels]);
  const reading = read.get(key) ?? readAll(inventory, groupsConf, labels);
  read.set(key, reading);
  return reading;
}

async function readAll(
  files: readonly string[],
  groupsConf: string | undefined,
  labels: readonly string[],
): Promise<Result<Inventories, readonly string[]>> {
  const loaded = await Promise.all(files.map(async (file) => readOne(file, labels)));
  const conf = groupsConf === undefined ? succeed(undefined) : await readGroupsConf(groupsConf);
  const problems = [...loaded, conf].flatMap((one) => (one.ok ? [] : one.error));
  if (!conf.ok || problems.length > 0) return fail(problems);
  const ofFiles = loaded.flatMap((one) => (one.ok ? [one.value] : []));
  const unknown = labelsNobodyHas(labels, ofFiles);
  const joined = (all: readonly LoadedInventory[], expressions: readonly string[]): Read => {
    const { inventory, problems: differing } = joinInventories(all);
    const told = [...differing, ...unsoundNamed(inventory?.unsound, expressions)];
    if (told.length > 0) return fail(told.map(formatFlowProblem));
    return succeed(inventory && { ...inventory, notes: [...inventory.notes, ...unknown] });
  };
  const clusterShell = conf.value === undefined ? undefined : new ClusterShellGroups(conf.value);
  return succeed({
    naming: async (expressions, ofFlow = []) => {
      const all = [...expressions, ...ofFiles.flatMap(expressionsIn)];
      if (clusterShell === undefined) return joined(ofFiles, all);
      const own = new Set([
        ...ofFlow,
        ...ofFiles.flatMap(({ inventory }) => Object.keys(inventory.groups ?? {})),
      ]);
      const names = all.flatMap((expression) => [...groupsNamed(expression)]);
      const found = await clusterShell.named(names.filter((name) => !own.has(name)));
      return found.ok ? joined([...ofFiles, found.value], all) : found;
    },
  });
}

function expressionsIn({ inventory: { groups = {}, hosts = {} } }: LoadedInventory): readonly string[] {
  return [...Object.values(groups), ...Object.keys(hosts)];
}

async function readOne(
  file: string,
  labels: readonly string[],
): Promise<Result<LoadedInventory, readonly string[]>> {
  const fromProgram = await isProgram(file);
  const text = fromProgram ? await printedBy(file) : await readInput(file, "inventory");
  if (!text.ok) return text;
  // Lines are of what it printed, not of the program.
  const inventory = loadInventory(text.value, { file: fromProgram ? `${file} --list` : file, labels });
  return inventory.ok ? inventory : fail(inventory.error.map(formatFlowProblem));
}
