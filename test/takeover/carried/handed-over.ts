import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { loadFlow, resolvePlan, type RunEvent } from "@roadrunner/core";
import { runId } from "@roadrunner/engine";
import type { SignedText } from "@roadrunner/core/signing";
import type { HandOver } from "@roadrunner/engine/api";
import { asAct } from "../../faults/acts.ts";
import { flowFor } from "../../faults/fault-flow.ts";
import { askApi, type ApiAnswer } from "./api-client.ts";
import type { NumberedEvent } from "../seen/check-takeover.ts";
import { drawWords } from "../signed/drawn-words.ts";
import { RunOperator } from "../signed/run-operator.ts";
import type { TakeoverSite } from "../site/takeover-site.ts";

const LOOK_EVERY_MS = 1000;
/** Coordinators are asked so often for what they are sure to tell in the end. */
const MOST_ASKED = 30;

/** As a coordinator shows a run. */
interface Row {
  readonly state: string;
  readonly reason?: string;
  readonly waits?: readonly { readonly job: string; readonly for: string }[];
}

const CARRY: HandOver["carry"] = {
  maxInFlight: 1000,
  priority: "normal",
  keepOutputBytes: 4096,
  waitForWorkersMs: 15_000,
  serverTimeoutMs: 10_000,
  lostTimeoutMs: 20_000,
  live: false,
};

/** What rr-submit would make of the flow of this seed. */
export function handOverFor(
  site: TakeoverSite,
  seed: number,
  hosts: readonly string[],
  delivery: "once" | "repeatable",
): HandOver {
  const flow = flowFor(seed, { hosts, delivery, dir: site.hostDir, page: site.page.url, outputs: true });
  const text = JSON.stringify(flow);
  const loaded = loadFlow(text, { file: "flow.json" });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded));
  const resolved = resolvePlan({ flow: loaded.value, random: Math.random });
  if (!resolved.ok) throw new Error(JSON.stringify(resolved));
  return {
    v: 1,
    run: runId(Date.now(), randomBytes(5)),
    plan: resolved.value.plan,
    file: "flow.json",
    fileDigest: createHash("sha256").update(text).digest("hex"),
    warnings: [],
    by: { version: "0.0.0", who: "tester", where: "here" },
    carry: CARRY,
    concurrent: true,
  };
}

/** A run that was handed to whoever of several coordinators answers. */
export class HandedOver {
  readonly hosts: readonly string[];
  readonly seed: number;
  readonly #site: TakeoverSite;
  readonly handOver: HandOver;
  /** Who signs it; undefined: nobody. */
  readonly operator: RunOperator | undefined;
  /** What was said that is not to be said. */
  readonly problems: string[] = [];

  constructor(site: TakeoverSite, seed: number, hosts: readonly string[], delivery: "once" | "repeatable") {
    this.#site = site;
    this.seed = seed;
    this.hosts = hosts;
    this.handOver = handOverFor(site, seed, hosts, delivery);
    const { operators, coordinators, dir, leftOut } = site;
    const { run, plan } = this.handOver;
    this.operator =
      operators &&
      new RunOperator({
        ...{ operators, run, plan, dir, leftOut, drawn: drawWords(seed, coordinators.length) },
        keptWord: () => this.#keptWord(),
        isBusy: () => this.#isBusy(),
      });
  }

  get run(): string {
    return this.handOver.run;
  }

  /** Hands it over until one says that it has it, and waits for its end, saying yes to whatever asks. */
  async carried(signal: AbortSignal): Promise<void> {
    const signed = await this.operator?.first();
    const handOver = signed === undefined ? this.handOver : { ...this.handOver, signed };
    for (let at = this.seed; ; at += 1) {
      const answer = await this.#ask(at, "POST", "/runs", handOver);
      if (answer?.status === 201) break;
      // One for whose key it was not signed does not take it.
      const isLeftOut = this.operator?.isLeftOut(this.#turn(at)) === true && answer?.status === 422;
      if (answer !== undefined && answer.status < 500 && !isLeftOut)
        this.problems.push(`refused: ${this.run}: ${JSON.stringify(answer.body)}`);
      if (this.problems.length > 0 || (await this.#isOver(signal, "it was not taken"))) return;
    }
    let last = "nobody told of it";
    for (let at = this.seed; ; at += 1) {
      const answer = await this.#ask(at, "GET", `/runs/${this.run}`);
      if (answer?.status === 200) {
        const row = answer.body as Row;
        last = JSON.stringify(row);
        if (["succeeded", "failed", "cancelled"].includes(row.state)) return;
        for (const wait of row.waits ?? [])
          if (wait.for !== "bake")
            await this.#ask(at, "POST", `/runs/${this.run}/confirm`, { job: wait.job });
        await this.operator?.look(row, this.#site.coordinators[this.#turn(at)]?.socket ?? "");
      } else if (answer !== undefined && answer.status < 500)
        this.problems.push(`forgotten: ${this.run}: ${JSON.stringify(answer.body)}`);
      this.problems.push(...(this.operator?.problems ?? []));
      if (
        this.problems.length > 0 ||
        (await this.#isOver(signal, `it has no end: ${last}; ${this.operator?.said ?? ""}`))
      )
        return;
    }
  }

  /** All its events, as a coordinator gives them. */
  async events(): Promise<readonly NumberedEvent[]> {
    const events: NumberedEvent[] = [];
    for (let from = 1, at = 0; at < MOST_ASKED;) {
      const answer = await this.#ask(at, "GET", `/runs/${this.run}/events?from=${from}`);
      if (answer?.status !== 200) {
        at += 1;
        await sleep(LOOK_EVERY_MS);
        continue;
      }
      const page = answer.body as {
        readonly events: readonly { number: number; event: RunEvent }[];
        readonly next?: number;
      };
      events.push(...page.events);
      if (page.next === undefined || page.events.length === 0) return events;
      from = page.next;
    }
    throw new Error(`no coordinator tells the events of ${this.run}`);
  }

  async #keptWord(): Promise<SignedText | undefined> {
    for (let at = this.seed; at < this.seed + MOST_ASKED; at += 1) {
      const answer = await this.#ask(at, "GET", `/runs/${this.run}/sign`);
      if (answer?.status === 200) return (answer.body as { readonly signed?: SignedText }).signed;
      await sleep(LOOK_EVERY_MS);
    }
    return undefined;
  }

  /** Whether a host has begun something of which the run does not know the end. */
  async #isBusy(): Promise<boolean> {
    const events = (await this.events()).map(({ event }) => asAct(event));
    const ended = new Set(
      events.flatMap((event) =>
        event.type === "task.ended" ? [`${event.host} ${event.job} ${event.attempt}`] : [],
      ),
    );
    return [...this.#site.logs(this.hosts)].some(([host, lines]) =>
      lines.some((line) => line.kind === "start" && !ended.has(`${host} ${line.job} ${line.attempt}`)),
    );
  }

  async #isOver(signal: AbortSignal, what: string): Promise<boolean> {
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
    if (!signal.aborted) return false;
    this.problems.push(`hang: ${this.run}: ${what}`);
    return true;
  }

  #turn(at: number): number {
    return at % this.#site.coordinators.length;
  }

  /** Asks one coordinator after another, a turn later each time. */
  #ask(at: number, method: "GET" | "POST", path: string, body?: object): Promise<ApiAnswer | undefined> {
    const socket = this.#site.coordinators[this.#turn(at)]?.socket;
    return socket === undefined ? Promise.resolve(undefined) : askApi(socket, method, path, body);
  }
}
