import { spawn, type ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { fail, succeed, type Result } from "@roadrunner/core";
import { runsFolder } from "@roadrunner/engine/journal";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import { isReadByPerson, say } from "../usage/say.ts";
import { print } from "../screen/print.ts";
import { FRONT_FD, ToldLines } from "./front.ts";
import { orderText, type Order } from "./order.ts";
import { SaidFile } from "./said-file.ts";
import { CARRY_DETACHED } from "./word.ts";

/** How the process ended before its run had begun. */
interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

type Beginning = Ended | { readonly begun: true; readonly isStopped: boolean };

/** With these it has told what is wrong. */
const TOLD: readonly ExitCode[] = [EXIT.usage, EXIT.infrastructure, EXIT.cancelled, EXIT.bug];

/**
 * Starts a process of this box that carries the run on, whatever becomes of this one and of its terminal, and waits until
 * the run has begun. Its id is then all that stdout gets. What keeps the run from beginning is told as if it were to
 * be carried here, with the same exit code.
 */
export async function leaveToProcess(
  run: string,
  order: Order,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ExitCode> {
  const said = SaidFile.open(runsFolder(env), run);
  if (!said.ok) {
    say(said.error, "Nothing was sent. Set XDG_STATE_HOME to another folder for the journals.");
    return EXIT.infrastructure;
  }
  const child = start(run, said.value.descriptor);
  said.value.close();
  const begun = await beginning(child, orderText(order));
  if (!begun.ok) {
    said.value.takeBack();
    say(`no process can be started to carry the run: ${begun.error}`, "Nothing was sent.");
    return EXIT.infrastructure;
  }
  if ("begun" in begun.value) return tellBegun(run, begun.value.isStopped);
  const left = said.value.takeBack();
  if (left !== "") say(left);
  return endedBefore(run, begun.value);
}

/** In a session of its own, without a terminal; paths mean there what they mean here. */
function start(run: string, said: number): ChildProcess {
  const [program = ""] = process.argv.slice(1);
  return spawn(process.execPath, [...process.execArgv, program, CARRY_DETACHED, run], {
    detached: true,
    stdio: ["pipe", said, said, "pipe"],
  });
}

/** Hands the order over, passes on what is said, and waits; the error says why there is no process. */
async function beginning(child: ChildProcess, order: string): Promise<Result<Beginning, string>> {
  const told = child.stdio[FRONT_FD] as Readable;
  let isStopped = false;
  const interrupt = (): void => {
    isStopped = child.kill("SIGTERM");
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  // It ends before it has read all; why, it says.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(order);
  try {
    return await new Promise((resolve) => {
      child.once("error", (error) => resolve(fail(error.message)));
      child.once("close", (code, signal) => resolve(succeed({ code, signal })));
      const lines = new ToldLines();
      told.setEncoding("utf8");
      told.on("error", () => undefined);
      told.on("data", (chunk: string) => {
        for (const line of lines.read(chunk)) {
          if ("say" in line) say(line.say);
          else resolve(succeed({ begun: true, isStopped }));
        }
      });
    });
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    told.destroy();
    child.stdin?.destroy();
    child.unref();
  }
}

async function tellBegun(run: string, isStopped: boolean): Promise<ExitCode> {
  if (isStopped) {
    say(`run ${run} had just begun, and stops: what runs is finished; rr-submit attach ${run} shows it`);
    return EXIT.cancelled;
  }
  if (isReadByPerson())
    say(`It goes on without this terminal. Show it: rr-submit attach ${run}; stop it: rr-submit stop ${run}`);
  return print(run, EXIT.succeeded);
}

function endedBefore(run: string, { code, signal }: Ended): ExitCode {
  const told = TOLD.find((one) => one === code);
  if (told !== undefined) return told;
  if (signal === "SIGTERM") {
    say("nothing was sent");
    return EXIT.cancelled;
  }
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  say(
    `the process that was to carry the run ended ${how} before the run had begun`,
    `rr-submit runs tells whether there is a run ${run} to go on with`,
  );
  return EXIT.infrastructure;
}
