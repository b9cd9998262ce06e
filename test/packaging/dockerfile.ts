import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CODE = "/opt/roadrunner";

/** An image's files below /opt/roadrunner, and what it starts. */
export interface ImageFiles {
  readonly folder: string;
  /** The program of the entry point, from /opt/roadrunner on. */
  readonly program: string;
}

interface Stage {
  readonly name: string;
  readonly from: string;
  readonly steps: readonly { readonly word: string; readonly rest: string }[];
}

/**
 * Makes, without Docker, what docker/Dockerfile puts into an image below /opt/roadrunner: its COPY lines are done with what
 * .dockerignore lets through, its RUN lines that concern these files are run. Throws at a line that it does not know.
 */
export class DockerFiles {
  readonly #folder: string;
  readonly #stages: readonly Stage[];
  readonly #isIgnored = ignored(readFileSync(join(ROOT, ".dockerignore"), "utf8"));
  readonly #made = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
    this.#stages = stagesOf(readFileSync(join(ROOT, "docker/Dockerfile"), "utf8"));
  }

  image(name: string): ImageFiles {
    const entry = this.#stage(name)?.steps.find(({ word }) => word === "ENTRYPOINT")?.rest ?? "[]";
    const program = (JSON.parse(entry) as string[]).at(-1) ?? "";
    return { folder: this.#make(name), program: relative(CODE, program) };
  }

  #stage(name: string): Stage | undefined {
    return this.#stages.find((stage) => stage.name === name);
  }

  /** The folder of a stage's files. */
  #make(name: string): string {
    const stage = this.#stage(name);
    const folder = join(this.#folder, name);
    if (stage === undefined || this.#made.has(name)) return folder;
    this.#made.add(name);
    mkdirSync(folder, { recursive: true });
    if (this.#stage(stage.from) !== undefined) copy(this.#make(stage.from), folder);
    for (const { word, rest } of stage.steps) {
      if (word === "COPY") this.#copy(rest, folder);
      if (word === "RUN") for (const command of rest.split("&&")) run(command.trim(), folder);
    }
    return folder;
  }

  #copy(rest: string, folder: string): void {
    const from = /^--from=(\S+) /.exec(rest);
    const words = (from === null ? rest : rest.slice(from[0].length)).split(/\s+/);
    const to = words.pop() ?? "";
    for (const source of words) {
      const path =
        from === null ? join(ROOT, source) : join(this.#make(from[1] ?? ""), relative(CODE, source));
      const into =
        to.endsWith("/") && !statSync(path).isDirectory()
          ? join(folder, to, basename(path))
          : join(folder, to);
      copy(path, into, from === null ? (file) => !this.#isIgnored(relative(ROOT, file)) : () => true);
    }
  }
}

function copy(from: string, into: string, takes: (file: string) => boolean = () => true): void {
  mkdirSync(dirname(into), { recursive: true });
  const filter = (file: string): boolean => takes(file) || (statSync(file).isDirectory() && file === from);
  cpSync(from, into, { recursive: true, verbatimSymlinks: true, filter });
}

/** What RUN lines do to the code; of the rest of the system nothing is made here. */
function run(command: string, folder: string): void {
  if (command.startsWith("npm ci --omit=dev ")) installForUse(folder);
  else if (command.startsWith("npm ci ")) installAll(folder);
  else if (/^rm -rf node_modules\/\S+$/.test(command)) execFileSync("sh", ["-c", command], { cwd: folder });
  else if (command.startsWith("node scripts/")) execFileSync("sh", ["-c", command], { cwd: folder });
  else if (!/^(?:apt-get |rm -rf \/var\/|install -d )/.test(command))
    throw new Error(`a RUN that is not known here: ${command}`);
}

/** As the lock file of the stage has it: what is not only for development, and links to our own packages. */
function installForUse(folder: string): void {
  for (const [path, { dev, link, resolved, optional }] of Object.entries(lockOf(folder))) {
    if (!path.startsWith("node_modules/") || dev === true) continue;
    // For another system than this one.
    if (optional === true && !existsSync(join(ROOT, path))) continue;
    // A package within another one comes with it.
    if (path.lastIndexOf("node_modules/") > 0) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (link === true) linkAs(folder, path, resolved);
    else copy(join(ROOT, path), join(folder, path));
  }
}

/** This checkout's own, with links to the stage's packages. */
function installAll(folder: string): void {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@roadrunner"), { recursive: true });
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    if (name !== "@roadrunner") symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
  for (const [path, { link, resolved }] of Object.entries(lockOf(folder)))
    if (link === true) linkAs(folder, path, resolved);
}

/** Relative, as npm makes it: the folder is copied into later stages. */
function linkAs(folder: string, path: string, target = ""): void {
  symlinkSync(relative(dirname(join(folder, path)), join(folder, target)), join(folder, path));
}

interface Locked {
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly optional?: boolean;
}

function lockOf(folder: string): Readonly<Record<string, Locked>> {
  const text = readFileSync(join(folder, "package-lock.json"), "utf8");
  return (JSON.parse(text) as { packages: Record<string, Locked> }).packages;
}

function stagesOf(text: string): readonly Stage[] {
  const lines = text
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const stages: { name: string; from: string; steps: { word: string; rest: string }[] }[] = [];
  for (const line of lines) {
    const [, word = "", rest = ""] = /^(\S+)\s+(.*)$/.exec(line.trim()) ?? [];
    const [, from, name] = word === "FROM" ? (/^(\S+) AS (\S+)$/.exec(rest) ?? []) : [];
    if (from !== undefined && name !== undefined) stages.push({ name, from, steps: [] });
    else stages.at(-1)?.steps.push({ word, rest: rest.replaceAll(/\s+/g, " ") });
  }
  return stages;
}

/** Whether a path of the context is left out; the last pattern that fits a path, or a folder of it, decides. */
function ignored(text: string): (path: string) => boolean {
  const patterns = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const rules = patterns.map((line) => {
    const takes = line.startsWith("!");
    const pattern = takes ? line.slice(1) : line;
    const source = pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("**/", "\u0000")
      .replaceAll("*", "[^/]*")
      .replaceAll("\u0000", "(?:.*/)?");
    return { takes, fits: new RegExp(`^${source}(?:/|$)`) };
  });
  return (path) => rules.findLast(({ fits }) => fits.test(path))?.takes !== true;
}
