import { vi } from "vitest";
import { main } from "../../packages/flow-client/src/cli/program.ts";
import { bareEnv } from "./child-program.ts";
import { homeEnv, type SubmitResult } from "./processes.ts";
import { makeTempDir } from "./temp-dir.ts";

/**
 * What `rr-submit ARGS` says and ends with, without a process, which costs a second or more: for mistakes and plans.
 * Runs, signals and standard input need a process of their own: `runSubmit`. One at a time: the streams are this process's.
 */
export async function submitHere(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<SubmitResult> {
  const temp = makeTempDir("home");
  const said = { stdout: "", stderr: "" };
  const takes = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((chunk, ...rest) => {
      said[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
      for (const written of rest) if (typeof written === "function") written();
      return true;
    }),
  );
  // Yargs prints its help by console.log, which Vitest keeps from stdout.
  takes.push(
    vi.spyOn(console, "log").mockImplementation((text) => void (said.stdout += `${text}\n`)) as never,
  );
  try {
    const code = await main(args, { ...bareEnv, ...homeEnv(temp.path), ...env });
    return { code, signal: null, ...said };
  } finally {
    for (const take of takes) take.mockRestore();
    temp.remove();
  }
}
