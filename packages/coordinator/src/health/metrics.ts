import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { CarryObserver } from "../carry/site.ts";
import type { StoreObserver } from "./observed-store.ts";

/** From a write to a file's log to a database that is being overrun. */
const BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What is read off the coordinator when its metrics are asked for. */
export interface CoordinatorStanding {
  readonly carried: number;
  readonly watchers: number;
  readonly reasons: readonly string[];
}

interface Info {
  readonly id: string;
  readonly version: string;
  readonly store: string;
}

/** The coordinator's metrics for Prometheus, in a registry of their own. */
export class CoordinatorMetrics implements CarryObserver, StoreObserver {
  readonly #registry = new Registry();
  readonly #epochs = this.#counter("epochs_taken_total", "Runs taken over, each in its next epoch");
  readonly #lost = this.#counter(
    "leases_lost_total",
    "Runs that another coordinator has taken over from this one",
  );
  readonly #events = this.#counter("events_appended_total", "Events of runs written to the store");
  readonly #appends = this.#counter(
    "appends_total",
    "Writes of events to the store; each has one event or more",
  );
  readonly #asked = new Histogram({
    name: "roadrunner_coordinator_store_seconds",
    help: "Seconds until the store answered, by what was asked of it and whether it could",
    labelNames: ["what", "result"],
    buckets: BUCKETS_SECONDS,
    registers: [this.#registry],
  });

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Adds what is read off the coordinator, and the process's own metrics. Once. */
  watch({ id, version, store }: Info, standing: () => CoordinatorStanding): void {
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge("runs_carried", "Runs that are carried now", () => standing().carried);
    this.#gauge("watchers", "Connections that watch runs as they go", () => standing().watchers);
    this.#gauge("ready", "1 while it can do its work, as /readyz says", () =>
      Number(standing().reasons.length === 0),
    );
    new Gauge({
      name: "roadrunner_coordinator_info",
      help: "Always 1; who this coordinator is, and the kind of its store",
      labelNames: ["id", "version", "store"],
      registers: [this.#registry],
    }).set({ id, version, store }, 1);
  }

  /** In Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  appended(events: number): void {
    this.#appends.inc();
    this.#events.inc(events);
  }

  epochTaken(): void {
    this.#epochs.inc();
  }

  leaseLost(): void {
    this.#lost.inc();
  }

  storeAsked(what: string, ok: boolean, seconds: number): void {
    this.#asked.observe({ what, result: ok ? "ok" : "fault" }, seconds);
  }

  #counter(name: string, help: string): Counter {
    return new Counter({ name: `roadrunner_coordinator_${name}`, help, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, value: () => number): void {
    this.#registry.registerMetric(
      new Gauge({
        name: `roadrunner_coordinator_${name}`,
        help,
        registers: [],
        collect() {
          this.set(value());
        },
      }),
    );
  }
}
