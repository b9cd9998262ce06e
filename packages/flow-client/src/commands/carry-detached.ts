import type { HandOver } from "@roadrunner/engine/api";
import type { StartLocal } from "../carry/local.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import type { RunOptions } from "../usage/options.ts";
import { say } from "../usage/say.ts";

/** Hands the run to a process of this box, and leaves it. */
export async function carryDetached(
  _handOver: HandOver,
  _options: RunOptions,
  _env: Readonly<Record<string, string | undefined>>,
  _startLocal: StartLocal | undefined,
): Promise<ExitCode> {
  say("--detach needs a coordinator: --coordinator unix:/PATH; nothing was sent");
  return EXIT.usage;
}
