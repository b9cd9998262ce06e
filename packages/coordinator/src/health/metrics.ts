import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { CarryObserver } from "../carry/site.ts";
import type { LoginObserver } from "../login/logins.ts";
import type { StoreObserver } from "./observed-store.ts";

/** From a write to a file's log to a database that is being overrun. */
const BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What is read off the coordinator when its metrics are asked for. */
export interface CoordinatorStanding {
  readonly carried: number;
  readonly watchers: number;
  readonly reasons: readonly string[];
  /** Absent: it listens on a socket alone. */
  readonly connections?: {
    readonly known: number;
    readonly strangers: number;
    /** Since it began. */
    readonly turnedAway: number;
  };
  /** End of the certificate that is served, milliseconds since the epoch; absent: there is none. */
  readonly certificateEndsMs?: number;
}

interface Info {
  readonly id: string;
  readonly version: string;
  readonly store: string;
  /** Everywhere that it listens. */
  readonly listen: readonly string[];
}

/** The coordinator's metrics for Prometheus, in a registry of their own. */
export class CoordinatorMetrics implements CarryObserver, StoreObserver, LoginObserver {
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
  readonly #logins = new Counter({
    name: "roadrunner_coordinator_logins_total",
    help: "Tries to log in, by how they ended: ok, or why not",
    labelNames: ["result"],
    registers: [this.#registry],
  });
  readonly #refused = new Counter({
    name: "roadrunner_coordinator_requests_refused_total",
    help: "Requests that were answered with a problem, by its code",
    labelNames: ["code"],
    registers: [this.#registry],
  });
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
  watch({ id, version, store, listen }: Info, standing: () => CoordinatorStanding): void {
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge("runs_carried", "Runs that are carried now", () => standing().carried);
    this.#gauge("watchers", "Connections that watch runs as they go", () => standing().watchers);
    this.#gauge("ready", "1 while it can do its work, as /readyz says", () =>
      Number(standing().reasons.length === 0),
    );
    if (standing().connections !== undefined) this.#watchDoors(standing);
    const listens = new Gauge({
      name: "roadrunner_coordinator_listen_info",
      help: "Always 1, for each address at which it listens",
      labelNames: ["address"],
      registers: [this.#registry],
    });
    for (const address of listen) listens.set({ address }, 1);
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

  loggedIn(result: string): void {
    this.#logins.inc({ result });
  }

  refused(code: string): void {
    this.#refused.inc({ code });
  }

  storeAsked(what: string, ok: boolean, seconds: number): void {
    this.#asked.observe({ what, result: ok ? "ok" : "fault" }, seconds);
  }

  /** Of one that listens on the network. */
  #watchDoors(standing: () => CoordinatorStanding): void {
    this.#gauge(
      "connections_known",
      "Connections over which somebody is logged in",
      () => standing().connections?.known ?? 0,
    );
    this.#gauge(
      "connections_of_strangers",
      "Connections over which nobody has logged in yet",
      () => standing().connections?.strangers ?? 0,
    );
    this.#registry.registerMetric(
      new Counter({
        name: "roadrunner_coordinator_connections_turned_away_total",
        help: "Connections that were ended at once, as their addresses made too many",
        registers: [],
        collect() {
          this.reset();
          this.inc(standing().connections?.turnedAway ?? 0);
        },
      }),
    );
    // There from the beginning: who asks how many came since then would not see the first.
    for (const result of ["ok", "notAllowed", "badSignature"]) this.#logins.inc({ result }, 0);
    if (standing().certificateEndsMs === undefined) return;
    this.#gauge(
      "certificate_end_seconds",
      "When the certificate ends that is served, seconds since 1970",
      () => (standing().certificateEndsMs ?? 0) / 1000,
    );
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
