import { spawn, type ChildProcess } from "node:child_process";
import type { Result } from "@roadrunner/core";
import type { TransportProblem } from "../../transport/transport.ts";
import { startProgram } from "../wire/start-program.ts";

/**
 * Waits until the worker is gone, however it went: its end of the pipe on stdin is then closed. The folder is renamed
 * before it is looked through: who has not written his process id by then can no more, and so begins nothing.
 */
const GUARD = String.raw`
while read -r _; do :; done
mv "$1" "$1.gone" 2>/dev/null || exit 0
ended() {
  for file in "$1.gone"/*.pid; do
    read -r pid <"$file" || continue
    [ -d "/proc/$$" ] && case $(tr '\0' ' ' <"/proc/$pid/cmdline") in *"$1/"*) ;; *) continue ;; esac
    kill -s "$2" -- "-$pid"
  done
}
exec 2>/dev/null
ended "$1" TERM
sleep 2
ended "$1" KILL
rm -rf "$1.gone"
`;

/** How the shell ends that cannot write its process id. */
export const NOT_WRITTEN = 125;
/** Writes its process id where the guard finds it, and becomes the program. */
const BEGIN = `echo "$$" >"$1" || exit ${NOT_WRITTEN}; shift; exec "$@"`;

/** A shell that ends what runs under the folder when this process is gone, and removes the folder. */
export async function startGuard(folder: string): Promise<Result<ChildProcess, TransportProblem>> {
  const what = "cannot start the shell that ends this worker's ssh processes when the worker is gone";
  // Its own session: a Ctrl-C at the worker's terminal is not meant for it.
  const guard = await startProgram(what, () =>
    spawn("/bin/sh", ["-c", GUARD, "rr-ssh-guard", folder], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    }),
  );
  if (guard.ok) {
    guard.value.unref();
    (guard.value.stdin as { unref?(): void }).unref?.();
  }
  return guard;
}

export function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** Ends what was started by such words, and what that has started. */
export function endGuarded(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  if (child.pid === undefined || !isAlive(child)) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended meanwhile.
  }
}

/** The words to start a program that the guard ends; `pidFile` lies in its folder, and so do paths in `words`. */
export function guarded(pidFile: string, words: readonly string[]): readonly [string, readonly string[]] {
  return ["/bin/sh", ["-c", BEGIN, "sh", pidFile, ...words]];
}
