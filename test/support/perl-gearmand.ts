import { createConnection } from "node:net";
import { startChild, type ChildProgram } from "./child-program.ts";
import { findFreePort } from "./free-port.ts";
import { findProgram } from "./programs.ts";
import { until } from "./until.ts";

const ADDRESS = "127.0.0.1";

export interface PerlGearmand {
  /** "127.0.0.1:PORT", as `--servers` takes it. */
  readonly server: string;
  /** How many workers serve a function. */
  workers(functionName: string): Promise<number>;
  stop(): Promise<void>;
}

/** Debian's other job server, Gearman::Server in Perl: it passes on nothing of what workers say before a job's end. */
export async function startPerlGearmand(): Promise<PerlGearmand> {
  const port = await findFreePort(ADDRESS);
  const child: ChildProgram = startChild(findProgram("/usr/bin/gearmand"), [
    `--listen=${ADDRESS}`,
    `--port=${port}`,
  ]);
  const workers = async (functionName: string): Promise<number> => {
    const row = (await status(port)).split("\n").find((line) => line.startsWith(`${functionName}\t`));
    return Number(row?.split("\t")[3] ?? 0);
  };
  await until("Perl's job server to answer", async () => {
    if (!child.running) throw new Error(`it ended: ${child.output()}`);
    return (await status(port).catch(() => "")) !== "";
  });
  return { server: `${ADDRESS}:${port}`, workers, stop: async () => void (await child.stop()) };
}

function status(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: ADDRESS, port });
    let text = "";
    socket.setEncoding("utf8");
    socket.setTimeout(2000, () => socket.destroy(new Error("no answer")));
    socket.once("error", reject);
    socket.once("connect", () => socket.write("status\n"));
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (!/^\.\r?\n/m.test(text)) return;
      socket.destroy();
      resolve(text);
    });
    socket.once("close", () => reject(new Error("closed")));
  });
}
