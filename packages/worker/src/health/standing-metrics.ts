import { Gauge, type Registry } from "prom-client";
import { formatServer } from "@roadrunner/core/gearman";
import type { WorkerStanding } from "../daemon/life/standing.ts";
import { reasonsNotReady } from "./readiness.ts";

/** Gauges whose value is how the worker stands when it is asked. */
export function addStandingMetrics(registry: Registry, standing: () => WorkerStanding): void {
  const gauge = (name: string, help: string, value: (now: WorkerStanding) => number): void => {
    registry.registerMetric(
      new Gauge({
        name: `roadrunner_worker_${name}`,
        help,
        registers: [],
        collect() {
          this.set(value(standing()));
        },
      }),
    );
  };
  gauge("places", "Commands that the worker runs at once at most", ({ places }) => places);
  gauge("tasks_running", "Tasks that run now", ({ running }) => running);
  gauge("gates_asked", "Questions and checks of gates that are asked now", ({ gatesAsked }) => gatesAsked);
  gauge("ready", "1 while the worker grabs tasks, as /readyz says", (now) =>
    Number(reasonsNotReady(now).length === 0),
  );
  gauge("draining", "1 while the worker finishes what runs before it leaves", ({ life }) =>
    Number(life !== "running"),
  );
  gauge("own_fault", "1 while the worker grabs nothing because it blames itself", ({ ownFault }) =>
    Number(ownFault !== undefined),
  );
  gauge("ssh_connections", "SSH connections, in use and kept", ({ ssh }) => ssh.connections);
  gauge("ssh_leases", "Uses of SSH connections by tasks", ({ ssh }) => ssh.leases);
  gauge("kept_answers", "Answers kept for tasks that may come again", ({ keptAnswers }) => keptAnswers);
  registry.registerMetric(
    new Gauge({
      name: "roadrunner_worker_server_up",
      help: "1 while the connection to the job server holds",
      labelNames: ["server"],
      registers: [],
      collect() {
        for (const { server, state } of standing().links) {
          this.set({ server: formatServer(server) }, Number(state.type === "up"));
        }
      },
    }),
  );
  const { id, version, pools } = standing();
  new Gauge({
    name: "roadrunner_worker_info",
    help: "Always 1; who this worker is and which pools it serves (empty: the default function)",
    labelNames: ["id", "version", "pools"],
    registers: [registry],
  }).set({ id, version, pools: pools?.join(",") ?? "" }, 1);
}
