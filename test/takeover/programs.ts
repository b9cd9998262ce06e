import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { builtProgram } from "../support/built-programs.ts";
import type { Programs } from "./site/site-parts.ts";

export function builtPrograms(): Programs {
  return { coordinator: builtProgram("rr-coordinator"), worker: builtProgram("rr-worker") };
}

/** A line of the built program, and what is done instead of all that follows it in its function. */
export interface Patch {
  readonly program: keyof Programs;
  readonly line: string;
  readonly instead: string;
}

/** What keeps a coordinator and workers from starting something for who has lost a run. */
export const GUARDS: Readonly<Record<"worker" | "coordinator", readonly Patch[]>> = {
  /** Workers look whose the run is. */
  worker: [
    {
      program: "worker",
      line: 'overtaken({ run, epoch = NONE }, signer = "") {',
      instead: "return undefined;",
    },
    { program: "worker", line: "refusal(held, signer, nowMs) {", instead: "return undefined;" },
  ],
  /** A coordinator looks whether it has its lease. */
  coordinator: [
    { program: "coordinator", line: "get mayStart() {", instead: "return true;" },
    { program: "coordinator", line: "get mayAsk() {", instead: "return true;" },
  ],
};

/**
 * The built programs without something, as copies in `folder`: what the suite sees then, it can see.
 * Throws where the built programs do not have these lines once.
 */
export function patchedPrograms(folder: string, patches: readonly Patch[]): Programs {
  const built = builtPrograms();
  mkdirSync(folder);
  symlinkSync(join(dirname(dirname(built.worker)), "../../node_modules"), join(folder, "node_modules"));
  return {
    coordinator: patched(
      folder,
      built.coordinator,
      patches.filter(({ program }) => program === "coordinator"),
    ),
    worker: patched(
      folder,
      built.worker,
      patches.filter(({ program }) => program === "worker"),
    ),
  };
}

function patched(folder: string, program: string, patches: readonly Patch[]): string {
  if (patches.length === 0) return program;
  const home = dirname(dirname(program));
  const copy = join(folder, "packages", home.split("/").at(-1) ?? "");
  cpSync(home, copy, { recursive: true, filter: (path) => !/node_modules|\/(src|test)$/.test(path) });
  const bundle = join(copy, "dist/bundle");
  for (const { line, instead } of patches) {
    const files = readdirSync(bundle).filter((file) => file.endsWith(".js"));
    const found = files.filter((file) => readFileSync(join(bundle, file), "utf8").includes(line));
    const [file] = found;
    if (file === undefined || found.length > 1) throw new Error(`${found.length} files have ${line}`);
    const text = readFileSync(join(bundle, file), "utf8");
    if (text.split(line).length !== 2) throw new Error(`${file} has ${line} more than once`);
    writeFileSync(join(bundle, file), text.replace(line, `${line}\n${instead}`));
  }
  return join(copy, "bin", program.split("/").at(-1) ?? "");
}
