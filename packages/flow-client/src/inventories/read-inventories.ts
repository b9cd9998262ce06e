import {
  fail,
  formatFlowProblem,
  joinInventories,
  loadInventory,
  succeed,
  type LoadedInventory,
  type Result,
} from "@roadrunner/core";
import { readInput } from "../usage/read-input.ts";
import { isProgram, printedBy } from "./inventory-program.ts";

type Read = Result<LoadedInventory | undefined, readonly string[]>;

/** A program is asked once, however often its inventory is wanted. */
const read = new Map<string, Promise<Read>>();

/** All inventories as one; the error is every problem in them, for the operator. */
export async function readInventories(files: readonly string[] | undefined): Promise<Read> {
  if (files === undefined) return succeed(undefined);
  const key = files.join("\n");
  const reading = read.get(key) ?? readAll(files);
  read.set(key, reading);
  return reading;
}

async function readAll(files: readonly string[]): Promise<Read> {
  const loaded = await Promise.all(files.map(readOne));
  const problems = loaded.flatMap((one) => (one.ok ? [] : one.error));
  if (problems.length > 0) return fail(problems);
  const joined = joinInventories(loaded.flatMap((one) => (one.ok ? [one.value] : [])));
  return joined.problems.length === 0
    ? succeed(joined.inventory)
    : fail(joined.problems.map(formatFlowProblem));
}

async function readOne(file: string): Promise<Result<LoadedInventory, readonly string[]>> {
  const text = (await isProgram(file)) ? await printedBy(file) : await readInput(file, "inventory");
  if (!text.ok) return text;
  const inventory = loadInventory(text.value, { file });
  return inventory.ok ? inventory : fail(inventory.error.map(formatFlowProblem));
}
