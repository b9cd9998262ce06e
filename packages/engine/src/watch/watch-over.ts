import type { GearmanClient } from "@roadrunner/core/gearman";
import { ProgressProbe } from "../server/progress-probe.ts";
import type { WorkerWatch } from "../server/worker-watch.ts";
import type { TaskTraffic } from "../traffic/task-traffic.ts";
import { ServerLoss } from "./server-loss.ts";
import { SilentWorkers } from "./silent-workers.ts";
import { StopWatch } from "./stop-watch.ts";
import { StuckTasks } from "./stuck-tasks.ts";

interface WatchOptions {
  readonly gearman: GearmanClient;
  readonly serverNames: string;
  readonly serverTimeoutMs: number;
  readonly traffic: TaskTraffic;
  readonly watch: WorkerWatch;
  /** Absent: workers may say nothing for ever. */
  readonly unheardMs: number | undefined;
  readonly onCannotGoOn: (reason: string) => void;
  readonly onNothingLeft: (reason: string) => void;
}

/** What looks after a run while it goes on. */
interface Watches {
  /** The run was asked to stop. */
  stopping(how: "drain" | "kill"): void;
  end(): void;
}

/** Looks for what keeps a run from going on: no job server, no worker, and after a stop nothing that runs. */
export function watchOver(options: WatchOptions): Watches {
  const { traffic, watch, unheardMs, onCannotGoOn, onNothingLeft } = options;
  const { gearman, serverNames, serverTimeoutMs } = options;
  const servers = new ServerLoss({ gearman, serverNames, timeoutMs: serverTimeoutMs, onLoss: onCannotGoOn });
  const stuck =
    unheardMs === undefined
      ? undefined
      : new StuckTasks({ traffic, watch, unheardMs, onStuck: onCannotGoOn });
  const probe = new ProgressProbe(gearman);
  const silent = new SilentWorkers({ traffic, probe });
  const stop = new StopWatch({ traffic, watch, probe, onNothing: onNothingLeft });
  return {
    stopping: (how) => stop.begin(how),
    end: () => {
      servers.stop();
      stuck?.stop();
      silent.stop();
      stop.end();
    },
  };
}
