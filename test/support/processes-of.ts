import { readdirSync, readFileSync } from "node:fs";

export interface FoundProcess {
  readonly pid: number;
  readonly commandLine: string;
}

/** Live processes (no zombies) whose environment holds `variable=value`; Linux only, and as root or their user. */
export function findProcessesWith(variable: string, value: string): FoundProcess[] {
  const wanted = `${variable}=${value}`;
  return allPids().flatMap((pid) =>
    (read(pid, "environ") ?? "").split("\0").includes(wanted) ? describe(pid) : [],
  );
}

/** Live processes that have `text` anywhere in their environment, such as the path of a folder. */
export function findProcessesMentioning(text: string): FoundProcess[] {
  return allPids().flatMap((pid) => ((read(pid, "environ") ?? "").includes(text) ? describe(pid) : []));
}

/** Live descendants of a process, children before grandchildren. */
export function findDescendants(root: number): FoundProcess[] {
  const children = new Map<number, number[]>();
  for (const pid of allPids()) {
    const parent = parentOf(pid);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found: number[] = [];
  const queue = [root];
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    const below = children.get(pid) ?? [];
    found.push(...below);
    queue.push(...below);
  }
  return found.flatMap(describe);
}

function allPids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function describe(pid: number): FoundProcess[] {
  const commandLine = read(pid, "cmdline");
  // A zombie's command line is empty.
  if (commandLine === undefined || commandLine === "") return [];
  return [{ pid, commandLine: commandLine.replaceAll("\0", " ").trim() }];
}

function parentOf(pid: number): number | undefined {
  const stat = read(pid, "stat");
  // After the last ")": the name before it may hold anything.
  const parent = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
  return parent === undefined ? undefined : Number(parent);
}

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined; // It ended meanwhile.
  }
}
