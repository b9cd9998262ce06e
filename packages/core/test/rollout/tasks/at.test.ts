import { describe, expect, it } from "vitest";
import {
  count,
  job,
  plan,
  planOf,
  share,
  slot,
  stage,
  type JobFields,
} from "../../../../../test/support/plans.ts";
import type { AtPlan, StagePlan } from "../../../src/rollout/plan/plan.ts";
import { Driver } from "../driver.ts";

const at = (name: string, atOnce = 1): { readonly at: AtPlan } => ({ at: { hosts: [{ name }], atOnce } });
const WAY = [stage("drain", at("lb1")), stage("install"), stage("undrain", at("lb1"))] as const;

function begun(fields: Partial<JobFields> = {}): Driver {
  return Driver.begun(planOf({ hosts: 4, stages: WAY, success: share(0), ...fields }));
}

/** Hosts whose stage is asked for and has not ended, with the stage. */
function asked(run: Driver): string[] {
  const ended = new Set(run.all("taskEnded").map(({ task: { host, stage } }) => `${host}/${stage}`));
  const waits = new Set<string>();
  for (const name of ["h1", "h2", "h3", "h4"]) {
    const [last] = run.submissions(name).slice(-1);
    if (last !== undefined && !ended.has(`${last.task.host}/${last.task.stage}`))
      waits.add(`${name} ${run.way(name).at(-1) ?? ""}`);
  }
  return [...waits];
}

describe("a stage at another host", () => {
  it("is asked for while that has a place, in order; whoever is on the way goes before whoever sets out", () => {
    const run = begun();
    expect(asked(run)).toEqual(["h1 drain"]);
    run.end("h1");
    expect(asked(run)).toEqual(["h1 install", "h2 drain"]);
    run.end("h1");
    // h1 waits for the place that h2 has, and gets it before h3.
    expect(asked(run)).toEqual(["h2 drain"]);
    run.end("h2");
    expect(asked(run)).toEqual(["h1 undrain", "h2 install"]);
    run.end("h1");
    expect(run.outcome("h1")).toBe("ok");
    expect(asked(run)).toEqual(["h2 install", "h3 drain"]);
  });

  it("is asked for as often at once as atOnce says, over all jobs of the slot; the strictest counts", () => {
    const jobs = ["a", "b"].map((name, index) =>
      job({ name, hosts: 2, stages: [stage("drain", at("lb1", 2 + index))], success: share(0) }),
    );
    const run = Driver.begun(plan([slot(...jobs)]));
    const open = () => ["a/h1", "a/h2", "b/h1", "b/h2"].filter((name) => run.submissions(name).length > 0);
    expect(open()).toEqual(["a/h1", "a/h2"]);
    run.end("a/h2");
    expect(open()).toEqual(["a/h1", "a/h2", "b/h1"]);
  });

  it("gives its place back with every end, and while it waits to be tried again", () => {
    const drain: StagePlan = stage("drain", { ...at("lb1"), retries: 1, retryDelayMs: 60_000 });
    const run = begun({ stages: [drain] });
    run.end("h1", "failed");
    expect(asked(run)).toEqual(["h2 drain"]);
    run.wait(120_000);
    expect(run.submissions("h1")).toHaveLength(1);
    run.end("h2", "refused", { noRetry: true });
    // It was to wait behind those that were there before it.
    expect(asked(run)).toEqual(["h3 drain"]);
    run.end("h3", "timedOut");
    run.end("h4", "cancelled");
    expect(run.submissions("h1").map(({ task }) => task.attempt)).toEqual([1, 2]);
    run.end("h1");
    expect(run.run()?.counts).toMatchObject({ ok: 1, refused: 1, timedOut: 1, cancelled: 1 });
  });

  it("keeps its place while it is lost, and gives it back with a warning when its end stays unknown", () => {
    const run = begun();
    run.lose("h1");
    expect(asked(run)).toEqual(["h1 drain"]);
    run.end("h1", "unknown", { mayBeRunning: true });
    expect(asked(run)).toEqual(["h2 drain"]);
    expect(run.all("warning").map(({ text }) => text)).toEqual([
      "how job drain h1 ended at lb1 is unknown: its place there is given to the next host",
    ]);
  });

  it("is never asked for of hosts that have not set out when the job is decided or stopped", () => {
    const run = begun();
    run.end("h1");
    run.end("h1");
    run.stop();
    expect([run.outcome("h3"), run.outcome("h4")]).toEqual(["skipped", "skipped"]);
    run.end("h2", "skipped");
    expect(asked(run)).toEqual(["h1 undrain"]);
    run.end("h1");
    expect(run.run()?.counts).toMatchObject({ ok: 1, skipped: 3 });
  });

  it("is not asked for after a kill, but where it runs always", () => {
    const always = stage("undrain", { ...at("lb1"), always: true });
    for (const [last, way] of [
      [stage("undrain", at("lb1")), ["drain", "install"]],
      [always, ["drain", "install", "undrain"]],
    ] as const) {
      const run = begun({ stages: [WAY[0], WAY[1], last] });
      run.end("h1");
      run.end("h1");
      run.stop();
      run.stop("kill");
      run.end("h2", "cancelled");
      if (run.outcome("h1") === undefined) run.end("h1");
      expect(run.way("h1")).toEqual(way);
    }
  });

  it("goes by the label of each host, and one host does not wait for another's", () => {
    const byLabel: AtPlan = { label: "lb", hosts: [{ name: "lb1" }, { name: "lb2" }], atOnce: 1 };
    const hosts = ["lb1", "lb1", "lb2", "lb2"].map((lb, index) => ({
      name: `h${index + 1}`,
      labels: { lb },
    }));
    const run = begun({ hosts, stages: [stage("drain", { at: byLabel })] });
    expect(asked(run)).toEqual(["h1 drain", "h3 drain"]);
    run.end("h3");
    expect(asked(run)).toEqual(["h1 drain", "h4 drain"]);
  });

  it("holds its host's place among those at once while it waits", () => {
    const run = begun({ parallelism: [count(2)] });
    run.endAll(["h1", "h1"]);
    expect(run.submissions("h3")).toEqual([]);
  });
});
