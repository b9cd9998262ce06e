import {
  atPlaces,
  defined,
  type GatePlan,
  type JobPlan,
  type PlanSummary,
  type RunPlan,
  type SlotPlan,
  type StagePlan,
} from "@roadrunner/core";

type SlotSummary = PlanSummary["slots"][number];

/** The plan for programs: its numbers, and of each job its stages, its gates, and what undoes it. */
export function planJson(plan: RunPlan, summary: PlanSummary): object {
  return {
    slots: summary.slots.map((slot, index) => slotJson(slot, plan.slots[index])),
    finally: summary.finally.map((slot, index) => slotJson(slot, plan.finally[index])),
  };
}

function slotJson(summary: SlotSummary, slot: SlotPlan | undefined): object {
  const places = atPlaces(slot?.jobs ?? []);
  const jobs = summary.jobs.map((job, index) => ({ ...job, ...moreOf(slot?.jobs[index], places) }));
  return { ...summary, jobs };
}

function moreOf(job: JobPlan | undefined, places: ReadonlyMap<string, number>): object {
  if (job === undefined) return {};
  const { stages, gates, bakeMs, onGateFail, undoes, undoUnknown = false } = job;
  return {
    ...(stages === undefined ? {} : { stages: stages.map((stage) => stageJson(stage, places)) }),
    ...(gates === undefined
      ? {}
      : { gates: gates.map(gateJson), bakeMs: bakeMs ?? 0, onGateFail: onGateFail ?? "stop" }),
    ...(undoes === undefined ? {} : { undoUnknown, ...undoJson(job) }),
  };
}

function gateJson({ check, ...gate }: GatePlan): object {
  return check === undefined ? gate : { ...gate, check: check.work.command, at: check.host.name };
}

/** What undoes a job without stages. */
function undoJson({ work, retries }: JobPlan): object {
  if (work === undefined) return {};
  const { command, script, unless, timeoutMs, become } = work;
  const what = script === undefined ? { command } : { script: script.name };
  return { ...what, retries, ...defined({ unless, timeoutMs, become }) };
}

/** Of what is asked first there is only that; a stage at other hosts has how many may be at once at each. */
function stageJson(stage: StagePlan, places: ReadonlyMap<string, number>): object {
  const { name, asks, work, at, always, retryFrom, retries, retryDelayMs, retryOn, pool, user } = stage;
  const { command, script, check, unless, timeoutMs, become } = work;
  const { label, hosts = [] } = at ?? {};
  const what =
    asks === true
      ? { asks }
      : script !== undefined
        ? { script: script.name }
        : check === undefined
          ? { command }
          : { check: command, ...check };
  const where = hosts.map(({ name: host }) => ({ host, atOnce: places.get(host) ?? at?.atOnce }));
  return {
    name,
    ...what,
    ...defined({ unless }),
    ...(at === undefined ? {} : { at: where, ...defined({ label }) }),
    always,
    ...defined({ timeoutMs }),
    retries,
    ...(retries === 0 ? {} : { retryDelayMs, retryOn }),
    ...defined({ retryFrom, pool, user, become }),
  };
}
