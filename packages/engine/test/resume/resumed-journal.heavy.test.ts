import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Outcome, RunPlan, TaskRef } from "@roadrunner/core";
import * as plans from "../../../../test/support/plans.ts";
import { share, slot, stage } from "../../../../test/support/plans.ts";
import { hostsToRetry } from "../../src/resume/counting-past.ts";
import { holdToItsEnd } from "./hold-to-its-end.ts";
import { holdWays, runsAlways } from "./hold-ways.ts";
import { holdPlaces, job, Leg } from "./legs.ts";

const plan: RunPlan = {
  name: "f",
  slots: [slot(job("a", 4), job("b", 3, { retries: 1, success: share(60) })), slot(job("c", 4))],
  finally: [slot(job("z", 2))],
};

/** The same with hosts that go a way. */
const way: RunPlan = {
  name: "f",
  slots: [
    slot(
      job("a", 2),
      job("b", 4, {
        success: share(50),
        stages: [
          stage("drain"),
          stage("install", { retries: 1, retryDelayMs: 0 }),
          stage("undrain"),
          stage("note", { always: true }),
        ],
      }),
    ),
    slot(job("c", 3)),
  ],
  finally: [slot(job("z", 2, { stages: [stage("one"), stage("two")] }))],
};

const at = (...names: string[]) => ({ hosts: names.map((name) => ({ name })), atOnce: 1 });
const byLabel = { label: "lb", ...at("lb1", "lb2") };
const labelled = plans
  .hosts(4, "b-")
  .map((host, index) => ({ ...host, labels: { lb: index % 2 === 0 ? "lb1" : "lb2" } }));

/** The same with stages at other hosts, which two jobs share. */
const elsewhere: RunPlan = {
  name: "f",
  slots: [
    slot(
      job("a", 3, {
        stages: [stage("drain", { at: at("lb1") }), stage("install"), stage("undrain", { at: at("lb1") })],
      }),
      {
        ...job("b", 4, {
          success: share(50),
          parallelism: [share(75)],
          stages: [
            stage("drain", { at: byLabel }),
            stage("both", { at: at("lb1"), retries: 1, retryDelayMs: 0 }),
            stage("both", { at: at("lb2") }),
            stage("undrain", { at: byLabel, always: true }),
          ],
        }),
        hosts: labelled,
      },
    ),
  ],
  finally: [slot(job("z", 2, { stages: [stage("one", { at: at("lb1") })] }))],
};

type Break = {
  readonly after: number;
  /** `left`: killed, and left before all has ended. */
  readonly how: "stop" | "kill" | "left" | "leave" | "interrupt";
  /** Ends that are heard between the kill and that. */
  readonly heard: number;
};

describe("the journal of a run that was stopped, left and resumed", () => {
  it.each([
    ["of commands", plan],
    ["of ways", way],
    ["of ways that lead to other hosts", elsewhere],
  ])(
    "%s says of each task what counts, in every view, whatever was stopped, left and taken again",
    (_, plan) => {
      const breaks = fc.array(
        fc.record<Break>({
          after: fc.nat(20),
          how: fc.constantFrom("stop", "kill", "left", "leave", "interrupt"),
          heard: fc.nat(6),
        }),
        { maxLength: 4 },
      );
      const drawn = fc.array(
        fc.constantFrom<Outcome>("ok", "ok", "ok", "failed", "unreachable", "cancelled"),
        {
          minLength: 20,
          maxLength: 20,
        },
      );
      fc.assert(
        fc.property(breaks, drawn, fc.boolean(), (cuts, outcomes, inOrder) => {
          let next = 0;
          const how = (_task: TaskRef): Outcome => outcomes[next++ % outcomes.length] ?? "ok";
          let leg = new Leg(plan);
          const held = (task: TaskRef): Outcome => {
            holdPlaces(leg, plan);
            return how(task);
          };
          for (const { after, how: breaks, heard } of cuts) {
            for (let count = 0; count < after && !leg.over; count += 1) {
              const task = leg.open.at(inOrder ? 0 : -1);
              if (task === undefined) break;
              leg.start(task);
              leg.end(task, held(task));
            }
            if (!leg.over) {
              const [runs] = leg.open;
              if (runs !== undefined) leg.start(runs);
              const isKilled = breaks === "kill" || breaks === "left";
              if (breaks === "stop" || isKilled) leg.loop.stop("drain", "SIGINT");
              if (isKilled) leg.loop.stop("kill", "SIGINT");
              if (breaks === "leave") leg.loop.abandon("killed");
              if (breaks === "interrupt") leg.loop.interrupt("no worker");
              if (breaks === "stop") leg.finish(held);
              // What ends by itself in the moment of the kill has no other follow it but what runs always.
              const atKill = (task: TaskRef) =>
                runsAlways(plan, task) || next++ % 3 === 0 ? held(task) : "cancelled";
              if (isKilled) leg.finish(atKill, breaks === "left" ? heard : undefined);
            }
            holdWays(leg.journal, plan);
            if (leg.verdict !== undefined) holdToItsEnd(leg.journal, plan);
            const retry = leg.verdict === "failed" ? (["failed", "unreachable"] as const) : undefined;
            if (leg.verdict === "succeeded") break;
            if (retry !== undefined && hostsToRetry(leg.journal, retry).length === 0) break;
            const { running, journal } = leg;
            leg = new Leg(plan, journal, retry);
            // Whoever goes on asks for it again, before another one takes its place.
            expect(leg.open).toEqual(expect.arrayContaining([...running]));
            holdPlaces(leg, plan);
          }
          leg.finish(held);
          expect(leg.over).toBe(true);
          holdWays(leg.journal, plan);
          holdToItsEnd(leg.journal, plan);
        }),
        { numRuns: 60 },
      );
    },
  );
});
