import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { builtProgram } from "./built-programs.ts";
import { bareEnv, startChild, type ChildExit, type ChildProgram } from "./child-program.ts";
import { makeTempDir, type TempDir } from "./temp-dir.ts";

export interface ProcessOptions {
  /** Added to PATH, LANG, HOME, XDG_STATE_HOME and RR_RECORD_DIR; nothing of the tester's environment is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** Records go where they go by default: the hosts' /var/tmp is the test's. */
  readonly defaultRecords?: boolean;
  /** HOME, with XDG_STATE_HOME and the record directory in it; default: a fresh folder for each process, removed at its end. */
  readonly home?: string;
  readonly cwd?: string;
  /** True: stdin is a pipe for `write`; else /dev/null. */
  readonly stdin?: boolean;
}

/** Starts `rr-submit ARGS` as a process of its own, from packages/flow-client/bin. */
export function startSubmit(args: readonly string[], options: ProcessOptions = {}): ChildProgram {
  return startBuilt("rr-submit", args, options);
}

/** Starts `rr-worker ARGS` as a process of its own; it is up when gearmand's `status` counts it. */
export function startWorker(args: readonly string[], options: ProcessOptions = {}): ChildProgram {
  return startBuilt("rr-worker", args, options);
}

/** Starts `rr-coordinator ARGS` as a process of its own; it is up when it answers on its socket. */
export function startCoordinator(args: readonly string[], options: ProcessOptions = {}): ChildProgram {
  return startBuilt("rr-coordinator", args, options);
}

export interface SubmitResult extends ChildExit {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `rr-submit ARGS` to its end. */
export async function runSubmit(
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<SubmitResult> {
  const child = startSubmit(args, options);
  const exit = await child.exited;
  return { ...exit, stdout: child.stdout(), stderr: child.stderr() };
}

function startBuilt(
  name: "rr-submit" | "rr-worker" | "rr-coordinator",
  args: readonly string[],
  options: ProcessOptions,
): ChildProgram {
  const temp = options.home === undefined ? makeTempDir("home") : undefined;
  const ours = homeEnv(options.home ?? temp?.path ?? "");
  const { RR_RECORD_DIR: _, ...others } = ours;
  const child = startChild(process.execPath, [builtProgram(name), ...args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdin: options.stdin ?? false,
    env: { ...bareEnv, ...(options.defaultRecords === true ? others : ours), ...options.env },
    keep: 20_000_000,
  });
  removeAtEnd(child, temp);
  return child;
}

/** Where a program of ours keeps what it keeps: in `home`, which goes at the end of the test. */
export function homeEnv(home: string): Record<string, string> {
  const state = join(home, "state");
  mkdirSync(state, { recursive: true });
  // The default, /var/tmp/roadrunner-USER, would outlive the tests.
  return { HOME: home, XDG_STATE_HOME: state, RR_RECORD_DIR: join(home, "records") };
}

function removeAtEnd(child: ChildProgram, temp: TempDir | undefined): void {
  const remove = () => temp?.remove();
  child.exited.then(remove, remove);
}
