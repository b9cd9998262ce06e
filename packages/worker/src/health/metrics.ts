import { collectDefaultMetrics, Counter, Histogram, Registry } from "prom-client";
import { BLAMES, FAILURES, type GateReading, type OutcomeMessage } from "@roadrunner/core";
import { formatServer, type WorkerLinkState } from "@roadrunner/core/gearman";
import type { WorkerObserver } from "../daemon/observer.ts";
import type { WorkerStanding } from "../daemon/life/standing.ts";
import { addStandingMetrics } from "./standing-metrics.ts";

/** From a kept connection's microseconds to a package upgrade's hour. */
const PHASE_BUCKETS_SECONDS = [0.005, 0.02, 0.1, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 7200];
const GATE_RESULTS: readonly GateReading["kind"][] = ["value", "status", "exit", "none"];

/**
 * The worker's metrics for Prometheus, in a registry of their own. Counts what the worker tells it; what can be
 * read off the worker is read when the metrics are asked for.
 */
export class WorkerMetrics implements WorkerObserver {
  readonly #registry = new Registry();
  readonly #wasUp = new Set<string>();
  readonly #tasks = new Counter({
    name: "roadrunner_worker_tasks_total",
    help: "Tasks answered, by outcome and by whose fault it was",
    labelNames: ["outcome", "blame"],
    registers: [this.#registry],
  });
  readonly #phases = new Histogram({
    name: "roadrunner_worker_task_phase_seconds",
    help: "Seconds of a task: connect (0 on a kept connection), run, and queue: the rest, from grab to answer",
    labelNames: ["phase"],
    buckets: PHASE_BUCKETS_SECONDS,
    registers: [this.#registry],
  });
  readonly #omitted = new Counter({
    name: "roadrunner_worker_output_omitted_bytes_total",
    help: "Bytes of output left out of answers because of --max-output",
    registers: [this.#registry],
  });
  readonly #reconnections = new Counter({
    name: "roadrunner_worker_server_reconnections_total",
    help: "Connections to a job server that came up again after they were lost",
    labelNames: ["server"],
    registers: [this.#registry],
  });
  readonly #undelivered = new Counter({
    name: "roadrunner_worker_answers_undelivered_total",
    help: "Answers whose job server was gone before they could be sent",
    registers: [this.#registry],
  });
  readonly #given = new Counter({
    name: "roadrunner_worker_kept_answers_given_total",
    help: "Tasks that came again and were answered with a kept answer instead of being run",
    registers: [this.#registry],
  });
  readonly #gateAsks = new Counter({
    name: "roadrunner_worker_gate_asks_total",
    help: "Gates asked, by what came of it: a value, a status, the exit of a check, or none",
    labelNames: ["result"],
    registers: [this.#registry],
  });

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Adds what is read off the worker, and the process's own metrics. Once. */
  watch(standing: () => WorkerStanding): void {
    collectDefaultMetrics({ register: this.#registry });
    addStandingMetrics(this.#registry, standing);
    // Counters that have never counted are shown as 0: an alert on their rate needs the first step.
    this.#tasks.inc({ outcome: "ok", blame: "none" }, 0);
    for (const outcome of FAILURES) {
      for (const blame of BLAMES) this.#tasks.inc({ outcome, blame }, 0);
    }
    for (const result of GATE_RESULTS) this.#gateAsks.inc({ result }, 0);
    for (const { server } of standing().links) this.#reconnections.inc({ server: formatServer(server) }, 0);
  }

  /** In Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  taskEnded(outcome: OutcomeMessage, totalMs: number): void {
    this.#tasks.inc({ outcome: outcome.outcome, blame: outcome.blame ?? "none" });
    const { connectMs, durationMs, omittedBytes } = outcome;
    const queueMs = Math.max(0, totalMs - (connectMs ?? 0) - (durationMs ?? 0));
    this.#phases.observe({ phase: "queue" }, queueMs / 1000);
    if (connectMs !== undefined) this.#phases.observe({ phase: "connect" }, connectMs / 1000);
    if (durationMs !== undefined) this.#phases.observe({ phase: "run" }, durationMs / 1000);
    if (omittedBytes !== undefined) this.#omitted.inc(omittedBytes.stdout + omittedBytes.stderr);
  }

  keptAnswerGiven(): void {
    this.#given.inc();
  }

  answerUndelivered(): void {
    this.#undelivered.inc();
  }

  gateAsked(result: GateReading["kind"]): void {
    this.#gateAsks.inc({ result });
  }

  linkChanged({ server, state }: WorkerLinkState): void {
    if (state.type !== "up") return;
    const name = formatServer(server);
    if (this.#wasUp.has(name)) this.#reconnections.inc({ server: name });
    this.#wasUp.add(name);
  }
}
