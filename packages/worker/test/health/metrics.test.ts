import { describe, expect, it } from "vitest";
import type { OutcomeMessage } from "@roadrunner/core";
import type { WorkerStanding } from "../../src/daemon/life/standing.ts";
import { WorkerMetrics } from "../../src/health/metrics.ts";

const server = { host: "gearmand", port: 4730 };
const standing: WorkerStanding = {
  id: "w1",
  version: "1.2.3",
  pools: ["dc1", "dc2"],
  life: "running",
  ownFault: undefined,
  running: 3,
  gatesAsked: 1,
  places: 100,
  links: [{ server, state: { type: "up", server } }],
  ssh: { connections: 7, leases: 3, carriers: { builtin: 5, openssh: 2 } },
  keptAnswers: 2,
};
const outcome: OutcomeMessage = { v: 1, host: "h", outcome: "ok", worker: "w1", stdout: "", stderr: "" };

describe("the metrics of a worker", () => {
  it("show at once what has not happened yet", async () => {
    const metrics = new WorkerMetrics();
    metrics.watch(() => standing);
    const text = await metrics.text();
    expect(text).toContain('roadrunner_worker_server_reconnections_total{server="gearmand:4730"} 0\n');
    expect(text).toContain('roadrunner_worker_tasks_total{outcome="ok",blame="none"} 0\n');
    expect(text).toContain('roadrunner_worker_tasks_total{outcome="unreachable",blame="worker"} 0\n');
    expect(text).toContain('roadrunner_worker_info{id="w1",version="1.2.3",pools="dc1,dc2"} 1\n');
    expect(text).toContain('roadrunner_worker_server_up{server="gearmand:4730"} 1\n');
    for (const line of [
      "ready 1",
      "places 100",
      "tasks_running 3",
      "gates_asked 1",
      'gate_asks_total{result="none"} 0',
      "ssh_connections 7",
      "kept_answers 2",
      "answers_undelivered_total 0",
    ])
      expect(text).toContain(`\nroadrunner_worker_${line}\n`);
  });

  it("count outcomes by blame, and what was left out of the output", async () => {
    const metrics = new WorkerMetrics();
    const failed = { ...outcome, outcome: "failed", blame: "host" } as const;
    metrics.taskEnded({ ...failed, omittedBytes: { stdout: 5, stderr: 7 } }, 10);
    metrics.taskEnded(failed, 10);
    const text = await metrics.text();
    expect(text).toContain('roadrunner_worker_tasks_total{outcome="failed",blame="host"} 2\n');
    expect(text).toContain("\nroadrunner_worker_output_omitted_bytes_total 12\n");
  });

  it("count what came of gates that were asked", async () => {
    const metrics = new WorkerMetrics();
    for (const result of ["value", "none", "status", "exit", "none"] as const) metrics.gateAsked(result);
    const text = await metrics.text();
    const counted = (result: string) =>
      new RegExp(`gate_asks_total\\{result="${result}"\\} (\\d+)`).exec(text)?.[1];
    expect(["value", "status", "exit", "none"].map(counted)).toEqual(["1", "1", "1", "2"]);
  });

  it("split a task's time into phases that add up to all of it", async () => {
    const metrics = new WorkerMetrics();
    metrics.taskEnded({ ...outcome, connectMs: 250, durationMs: 1500 }, 2000);
    metrics.taskEnded({ ...outcome, outcome: "skipped" }, 1000);
    const text = await metrics.text();
    const sum = (phase: string) =>
      Number(new RegExp(`phase_seconds_sum\\{phase="${phase}"\\} (\\S+)`).exec(text)?.[1]);
    expect(sum("queue")).toBeCloseTo(1.25);
    expect(sum("connect")).toBeCloseTo(0.25);
    expect(sum("run")).toBeCloseTo(1.5);
    expect(text).toContain('phase_seconds_count{phase="connect"} 1\n');
    expect(text).toContain('phase_seconds_count{phase="queue"} 2\n');
  });

  it("count a connection that came up again, not the first one", async () => {
    const metrics = new WorkerMetrics();
    const up = { server, state: { type: "up", server } } as const;
    const down = { server, state: { type: "down", server, reason: "" } } as const;
    for (const change of [up, down, up, down, up]) metrics.linkChanged(change);
    expect(await metrics.text()).toContain('reconnections_total{server="gearmand:4730"} 2\n');
  });

  it("are each worker's own", async () => {
    const one = new WorkerMetrics();
    one.answerUndelivered();
    one.keptAnswerGiven();
    expect(await one.text()).toContain("\nroadrunner_worker_answers_undelivered_total 1\n");
    expect(await one.text()).toContain("\nroadrunner_worker_kept_answers_given_total 1\n");
    expect(await new WorkerMetrics().text()).toContain("\nroadrunner_worker_answers_undelivered_total 0\n");
  });
});
