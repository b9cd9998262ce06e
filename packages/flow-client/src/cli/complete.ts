import { existsSync, readdirSync, readFileSync } from "node:fs";
import {
  completionText,
  plainWords,
  SHELLS,
  valueOnLine,
  type Candidate,
  type Completer,
  type Completion,
  type TypedLine,
} from "@roadrunner/core/cli";
import type { LoadedInventory } from "@roadrunner/core";
import { print } from "../screen/print.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import { labelCandidates, typedLabel } from "./complete-labels.ts";
import { heldJobs, runCandidates } from "./complete-runs.ts";
import { commandIn, commandsWith, FLOW, type Command } from "./commands.ts";
import { jobTables } from "./one-line.ts";
import { withUserDefaults } from "./user-defaults.ts";
import type { Env } from "./read-options.ts";

/** Answers the shell: what may stand at the cursor of this line. */
export async function completeLine(text: string, env: Env): Promise<ExitCode> {
  const all = await withUserDefaults(env);
  const completer = completerOf(all.ok ? all.value : env);
  return print((await completionText(text, completer)).trimEnd(), EXIT.succeeded);
}

function completerOf(env: Env): Completer {
  return {
    tables: async (line) => (await commandOf(line)).tables,
    words: async ({ earlier }, line) => words(earlier, await commandOf(line), line, env),
    hosts: async (text, line) => hosts(text, line, env),
  };
}

async function commandOf({ words: typed }: TypedLine): Promise<Command> {
  return commandsWith(await jobTables(typed))[commandIn(typed)];
}

async function words(
  earlier: readonly string[],
  { word: kind, second }: Command,
  line: TypedLine,
  env: Env,
): Promise<Completion> {
  const atCommand = earlier.length === 0;
  const place = commandIn(earlier) === FLOW ? 0 : 1;
  const only = (candidates: readonly Candidate[]): Completion => ({ candidates, files: false });
  if (atCommand) return { candidates: commandNames(), files: true };
  if (second === "job" && earlier.length === place + 1)
    return only(await heldJobs(earlier[place] ?? "", line, env));
  if (earlier.length > place) return only([]);
  switch (kind) {
    case "flow":
      return { candidates: [], files: true };
    case "hosts":
      return only(await hosts(line.current, line, env));
    case "run":
      return only(await runCandidates(line, env, { running: false }));
    case "running":
      return only(await runCandidates(line, env, { running: true }));
    case "shell":
      return only(SHELLS.map((word) => ({ word })));
    default:
      return only([]);
  }
}

function commandNames(): readonly Candidate[] {
  return Object.entries(commandsWith({ run: {}, ping: {} }))
    .filter(([name]) => name !== FLOW)
    .map(([word, { describe }]) => ({ word, describe }));
}

/** Groups of the inventory and the flow, and lists of hosts, behind what a host expression holds already. */
async function hosts(text: string, line: TypedLine, env: Env): Promise<readonly Candidate[]> {
  const label = typedLabel(text);
  if (label !== undefined) return labelCandidates(label, await inventoryOn(line, env));
  const head = /^.*[,!&^]/s.exec(text)?.[0] ?? "";
  const behind = text.slice(head.length);
  const { OUTCOMES } = await import("@roadrunner/core");
  const whole = (one: Candidate): Candidate => ({ ...one, word: head + one.word });
  const outcome = OUTCOMES.find((one) => behind.startsWith(`@${one}:`));
  if (outcome !== undefined) {
    const ended = await runCandidates(line, env, { running: false });
    return ended.map((one) => whole({ ...one, word: `@${outcome}:${one.word}` }));
  }
  if (behind.startsWith(FILE))
    return filesAt(behind.slice(FILE.length)).map((path) => whole({ word: FILE + path }));
  const conf = valueOnLine(line.words, "groups-conf") ?? env["RR_GROUPS_CONF"];
  const ofClusterShell =
    conf === undefined || !behind.startsWith("@")
      ? []
      : await (await import("./complete-clustershell.ts")).clusterShellCandidates(conf, behind);
  const groups = [
    ...(await groupsOn(line, env)).map((name) => ({ word: `@${name}`, describe: "group" })),
    ...ofClusterShell,
  ];
  const lists = [
    { word: "@-", describe: "hosts from standard input" },
    { word: "@file:", describe: "hosts from a file" },
    ...OUTCOMES.map((one) => ({ word: `@${one}:`, describe: `hosts that ended ${one} in a run` })),
  ];
  return [...groups, ...lists].map(whole);
}

const FILE = "@file:";
/** Of a folder with more, somebody types a letter more. */
const MOST_FILES = 500;

function filesAt(typed: string): readonly string[] {
  const folder = typed.slice(0, typed.lastIndexOf("/") + 1);
  try {
    return readdirSync(folder === "" ? "." : folder)
      .map((name) => folder + name)
      .filter((path) => path.startsWith(typed))
      .slice(0, MOST_FILES);
  } catch {
    return [];
  }
}

/** Names of groups in the files that the line names; a file that cannot be read has none. */
async function groupsOn(line: TypedLine, env: Env): Promise<readonly string[]> {
  const { tables, word } = await commandOf(line);
  const typed = plainWords(line.words, tables);
  const flow = word === "flow" ? typed.at(commandIn(typed) === FLOW ? 0 : 1) : undefined;
  const { loadFlow } = await import("@roadrunner/core");
  const ofFlow = loaded(flow, loadFlow);
  const ofInventory = await inventoryOn(line, env);
  const names = [
    ...Object.keys(ofInventory?.inventory.groups ?? {}),
    ...Object.keys(ofFlow?.flow.groups ?? {}),
  ];
  return [...new Set(names)].toSorted();
}

async function inventoryOn(line: TypedLine, env: Env): Promise<LoadedInventory | undefined> {
  const { loadInventory } = await import("@roadrunner/core");
  const labels = (valueOnLine(line.words, "labels") ?? env["RR_LABELS"] ?? "").split(",");
  const file = valueOnLine(line.words, "inventory", "i") ?? env["RR_INVENTORY"];
  return loaded(file, (bytes, at) => loadInventory(bytes, { ...at, labels }));
}

/** Read at a key press: nothing but a regular file is waited for. */
function loaded<T>(
  path: string | undefined,
  load: (
    bytes: Buffer,
    at: { readonly file: string },
  ) => { readonly ok: true; readonly value: T } | { readonly ok: false },
): T | undefined {
  if (path === undefined || !existsSync(path)) return undefined;
  try {
    const found = load(readFileSync(path), { file: path });
    return found.ok ? found.value : undefined;
  } catch {
    return undefined;
  }
}
