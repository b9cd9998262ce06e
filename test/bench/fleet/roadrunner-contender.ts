import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "@roadrunner/core";
import { startGearmand } from "../../support/gearmand.ts";
import { startSubmit, startWorker } from "../../support/processes.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";
import { cpuBelow, cpuMs } from "../cpu-time.ts";
import type { Contender, Fleet, Pass } from "./contender.ts";

export interface RoadrunnerOptions {
  readonly delivery: "once" | "repeatable";
  readonly onDisconnect?: "finish" | "attached";
  /** Written into the temporary folder before anything starts. */
  readonly files?: Readonly<Record<string, string>>;
  /** `%d` stands for the temporary folder. */
  readonly workerArgs?: readonly string[];
  readonly submitArgs?: readonly string[];
  /** Looks at rr-worker before its first pass, and after its last one while it keeps its connections. */
  readonly look?: (when: "before" | "after", workerPid: number) => void;
}

/** What a worker starts on its own box. */
export const BELOW = "its processes";

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
      const worker = startWorker(
        [
          ...["--servers", gearmand.server, "--concurrency", String(fleet.atOnce)],
          ...["--ssh-config", fleet.sshd.sshConfigFile],
          ...(fleet.isApart === true ? [] : ["--record-dir", join(temp.path, "records")]),
          ...(fleet.warmUp > 0 ? ["--keep-alive", "5s"] : []),
          ...args(options.workerArgs),
        ],
        { defaultRecords: fleet.isApart === true },
      );
      try {
        await until("rr-worker to register", async () => (await gearmand.status("rr-run")).workers === 1, {
          lastSeen: () => worker.output(),
        });
        const submitted = (passes: number, home: string) => {
          const flow = join(temp.path, `flow-${passes}.json`);
          writeFileSync(flow, JSON.stringify(flowOf({ ...fleet, passes }, options)));
          const how = ["--servers", gearmand.server, "--output", "plain", "--yes"];
          return startSubmit([flow, ...how, ...args(options.submitArgs)], { home });
        };
        if (fleet.warmUp > 0) {
          const { code } = await submitted(fleet.warmUp, join(temp.path, "warm-up")).exited;
          if (code !== 0) throw new Error(`${name}: the warm-up ended with ${code}`);
          await until("idle connections to be closed", () => fleet.sshd.connections() === 0);
        }
        options.look?.("before", worker.pid);
        const submit = submitted(fleet.passes, temp.path);
        const pids = { "rr-submit": submit.pid, gearmand: gearmand.pid, "rr-worker": worker.pid };
        const passes = new PassReader(pids, options.look === undefined ? undefined : worker.pid);
        submit.onStdout((text) => passes.read(text));
        const { code } = await submit.exited;
        if (code !== 0) throw new Error(`${name}: rr-submit ended with ${code}:\n${submit.stderr()}`);
        options.look?.("after", worker.pid);
        return passes.passes(journalOf(temp.path));
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

/**
 * Looks at the processes' times when rr-submit says that a slot has begun or ended, in the plain lines that an
 * operator's log has; how long each took is in the journal.
 */
class PassReader {
  readonly #pids: Readonly<Record<string, number>>;
  readonly #parent: number | undefined;
  readonly #cpuOfPass: Readonly<Record<string, number>>[] = [];
  #rest = "";
  #cpuAtStart: Readonly<Record<string, number>> = {};

  /** @param parent whose descendants' time is told, too: "its processes" */
  constructor(pids: Readonly<Record<string, number>>, parent?: number) {
    this.#pids = pids;
    this.#parent = parent;
  }

  read(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (/ slot \d+ of \d+ started$/.test(line)) this.#cpuAtStart = this.#cpu();
      if (/ slot \d+ succeeded$/.test(line)) {
        const used = Object.entries(this.#cpu()).map(([name, ms]) => [
          name,
          ms - (this.#cpuAtStart[name] ?? 0),
        ]);
        this.#cpuOfPass.push(Object.fromEntries(used));
      }
    }
  }

  passes(journal: readonly RunEvent[]): readonly Pass[] {
    const times = (type: RunEvent["type"]) =>
      journal.filter((event) => event.type === type).map(({ time }) => Date.parse(time));
    const ends = times("slot.ended");
    return times("slot.started").map((startMs, index) => ({
      ms: (ends[index] ?? Number.NaN) - startMs,
      cpuMs: this.#cpuOfPass[index] ?? {},
    }));
  }

  #cpu(): Record<string, number> {
    const own = Object.entries(this.#pids).map(([name, pid]) => [name, cpuMs(pid).own] as const);
    const below = this.#parent === undefined ? [] : [[BELOW, cpuBelow(this.#parent)] as const];
    return Object.fromEntries([...own, ...below]);
  }
}

function journalOf(home: string): RunEvent[] {
  const folder = join(home, "state", "roadrunner", "runs");
  const [file = ""] = readdirSync(folder).filter((name) => name.endsWith(".ndjson"));
  const lines = readFileSync(join(folder, file), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as RunEvent);
}
