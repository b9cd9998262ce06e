import type { OptionTable } from "@roadrunner/core/cli";
import type { HandOver } from "@roadrunner/engine/api";
import { localWorkerOptions } from "../carry/local.ts";
import { leaveToProcess } from "../detach/leave-to-process.ts";
import type { ExitCode } from "../usage/exit-codes.ts";
import { carryOptions, resumeOptions } from "../usage/options.ts";
import { isReadByPerson } from "../usage/say.ts";
import type { Secrets } from "./given-params.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The words of a command line, by the names of its options. */
export type Written = Readonly<Record<string, unknown>>;

/** Hands a new run to a process of this box, and leaves it. */
export async function carryDetached(handOver: HandOver, written: Written, env: Env): Promise<ExitCode> {
  const means = { written: onlyOf(carryOptions, written), secrets: {}, isWatched: isReadByPerson() };
  return leaveToProcess(handOver.run, { kind: "new", handOver, ...means }, env);
}

/** The same of a run that is gone on with. */
export async function resumeDetached(
  run: string,
  secrets: Secrets,
  written: Written,
  env: Env,
): Promise<ExitCode> {
  const { retry, confirm } = resumeOptions;
  const given = onlyOf({ ...carryOptions, retry, confirm }, written);
  return leaveToProcess(run, { kind: "resume", written: given, secrets, isWatched: isReadByPerson() }, env);
}

function onlyOf(table: OptionTable, written: Written): Written {
  const names = Object.keys({ ...table, ...localWorkerOptions });
  return Object.fromEntries(names.flatMap((name) => (name in written ? [[name, written[name]]] : [])));
}
