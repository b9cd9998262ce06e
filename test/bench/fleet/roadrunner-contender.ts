import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "@roadrunner/core";
import { startGearmand } from "../../support/gearmand.ts";
import { startSubmit, startWorker } from "../../support/processes.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";
import { cpuMs } from "../cpu-time.ts";
import type { Contender, Fleet, Pass } from "./contender.ts";

export interface RoadrunnerOptions {
  readonly delivery: "once" | "repeatable";
  readonly onDisconnect?: "finish" | "attached";
  /** Written into the temporary folder before anything starts. */
  readonly files?: Readonly<Record<string, string>>;
  /** `%d` stands for the temporary folder. */
  readonly workerArgs?: readonly string[];
  readonly submitArgs?: readonly string[];
}

/** The whole of it: rr-submit, gearmand, one rr-worker; each pass is a slot of one flow. */
export function roadrunner(name: string, options: RoadrunnerOptions): Contender {
  return {
    name,
    run: async (fleet) => {
      const temp = makeTempDir("bench");
      const gearmand = await startGearmand();
      for (const [file, text] of Object.entries(options.files ?? {}))
        writeFileSync(join(temp.path, file), text, { mode: 0o600 });
      const args = (given: readonly string[] = []) => given.map((arg) => arg.replaceAll("%d", temp.path));
      const worker = startWorker([
        ...["--servers", gearmand.server, "--concurrency", String(fleet.atOnce)],
        ...["--ssh-config", fleet.sshd.sshConfigFile, "--record-dir", join(temp.path, "records")],
        ...args(options.workerArgs),
      ]);
      try {
        await until("rr-worker to register", async () => (await gearmand.status("rr-run")).workers === 1, {
          lastSeen: () => worker.output(),
        });
        const flow = join(temp.path, "flow.json");
        writeFileSync(flow, JSON.stringify(flowOf(fleet, options)));
        const submit = startSubmit([
          ...[flow, "--servers", gearmand.server, "--output", "ndjson", "--yes"],
          ...args(options.submitArgs),
        ]);
        const pids = { "rr-submit": submit.pid, gearmand: gearmand.pid, "rr-worker": worker.pid };
        const passes = new PassReader(pids);
        submit.onStdout((text) => passes.read(text));
        const { code } = await submit.exited;
        if (code !== 0) throw new Error(`${name}: rr-submit ended with ${code}:\n${submit.stderr()}`);
        return passes.passes;
      } finally {
        await worker.stop();
        await gearmand.stop();
        temp.remove();
      }
    },
  };
}

function flowOf({ names, atOnce, passes }: Fleet, { delivery, onDisconnect }: RoadrunnerOptions): object {
  const job = {
    hosts: names,
    command: "true",
    parallelism: atOnce,
    delivery,
    connectTimeout: "60s",
    ...(onDisconnect === undefined ? {} : { onDisconnect }),
  };
  return { name: "bench", slots: Array.from({ length: passes }, () => ({ jobs: [job] })) };
}

/** Times each slot by the run's own events, and looks at the processes' times when these come by. */
class PassReader {
  readonly passes: Pass[] = [];
  readonly #pids: Readonly<Record<string, number>>;
  #rest = "";
  #startedMs = 0;
  #cpuAtStart: Readonly<Record<string, number>> = {};

  constructor(pids: Readonly<Record<string, number>>) {
    this.#pids = pids;
  }

  read(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) if (line.includes('"slot.')) this.#take(JSON.parse(line) as RunEvent);
  }

  #take(event: RunEvent): void {
    const timeMs = Date.parse(event.time);
    if (event.type === "slot.started") {
      this.#startedMs = timeMs;
      this.#cpuAtStart = this.#cpu();
    } else if (event.type === "slot.ended") {
      const now = this.#cpu();
      const used = Object.entries(now).map(([name, ms]) => [name, ms - (this.#cpuAtStart[name] ?? 0)]);
      this.passes.push({ ms: timeMs - this.#startedMs, cpuMs: Object.fromEntries(used) });
    }
  }

  #cpu(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.#pids).map(([name, pid]) => [name, cpuMs(pid).own]));
  }
}
