import type { Result } from "../errors.ts";
import { fail, succeed } from "../errors.ts";
import { foldHosts } from "../hosts/fold/fold-hosts.ts";
import type { JobPlan, RunPlan, SlotPlan } from "../rollout/plan/plan.ts";
import { atPlaces } from "../rollout/plan/stages.ts";
import type { FaultyFlow, LoadedFlow } from "./load-flow.ts";
import type { LoadedInventory } from "./inventory/load-inventory.ts";
import { unsoundHosts } from "./inventory/unsound.ts";
import { readGroups } from "./plan/expressions.ts";
import { isTold } from "./plan/inventory-entries.ts";
import { knownHosts } from "./plan/known-hosts.ts";
import type { PlanNote } from "./plan-note.ts";
import { planWarnings } from "./plan/plan-warnings.ts";
import { resolveJob } from "./plan/resolve-job.ts";
import { jobsTakenFrom, takenFromNobody } from "./plan/taken-outputs.ts";
import type { Scripts } from "./plan/script.ts";
import { readSelection } from "./plan/selection.ts";
import type { Selection } from "./plan/selection.ts";
import type { FlowProblem } from "./problem.ts";
import { locatedJobs } from "./schema/flow-file.ts";
import type { LocatedJob } from "./schema/flow-file.ts";
import { LIMITS } from "./source/limits.ts";
import { cutProblems } from "./source/parse-source.ts";
import { quote } from "./source/visible.ts";

/** What a plan is made from. */
export interface PlanInput {
  readonly flow: LoadedFlow;
  readonly inventory?: LoadedInventory | undefined;
  /** `--limit`: only these hosts. */
  readonly limit?: string | undefined;
  /** `--exclude`, each time it was given: not these hosts. */
  readonly exclude?: readonly string[] | undefined;
  /** Content of each file of `flow.scripts`; bytes must be UTF-8. */
  readonly scripts?: Scripts | undefined;
  /** False: what would undo jobs that fail is left out. */
  readonly undo?: boolean | undefined;
  /** From 0 up to but not including 1; draws the order of jobs whose `order` is random. */
  readonly random: () => number;
}

/** The plan of a run, and what the operator should know of it. */
export interface ResolvedPlan {
  readonly plan: RunPlan;
  readonly notes: readonly PlanNote[];
}

/** Makes the plan of a run from files that could be loaded. Every problem is told at once. */
export function resolvePlan(input: PlanInput): Result<ResolvedPlan, readonly FlowProblem[]> {
  const { flow, inventory } = input;
  const { problems, notes, earlier, plans, undos, jobs, selection } = resolveJobs(input);
  const planned = [...plans.values(), ...undos.values()];
  const all = [...problems, ...unsoundHosts(inventory?.unsound, planned)];
  if (all.length > 0) return fail(inFileOrder(all, [flow.file, ...(inventory?.files ?? [])]));
  if (jobs.every((located) => located.phase === "finally" || !plans.has(located))) {
    return fail([selection.problem(`${selection.asked} leaves no host of the flow's slots`)]);
  }
  const slotsOf = (phase: "slots" | "finally"): readonly SlotPlan[] =>
    (flow.flow[phase] ?? []).flatMap((written, slot) => {
      const own = jobs.filter((located) => located.phase === phase && located.slot === slot);
      const left = own.flatMap((located) =>
        [plans.get(located), undos.get(located)].filter((job) => job !== undefined),
      );
      if (left.length === 0) notes.push(slotLeftOut(phase, slot, written.confirm !== undefined));
      const { name, failFast = false, confirm } = written;
      const head = {
        ...(name === undefined ? {} : { name }),
        failFast,
        ...(confirm === undefined ? {} : { confirm }),
      };
      return left.length === 0 ? [] : [{ ...head, jobs: left }];
    });
  const { description } = flow.flow;
  const plan: RunPlan = {
    name: flow.flow.name ?? nameOfFile(flow.file),
    ...(description === undefined ? {} : { description }),
    slots: slotsOf("slots"),
    finally: slotsOf("finally"),
    ...paramsOf(flow),
  };
  return succeed({
    plan,
    notes: [
      ...flow.notes,
      ...(inventory?.notes ?? []),
      ...notes,
      ...unusedSelections(selection, earlier, planned),
      ...planWarnings(plan, flow.flow),
    ],
  });
}

/** Without them the plan of a flow that has none would not be what it was. */
function paramsOf({ params }: LoadedFlow): Pick<RunPlan, "params" | "secretParams"> {
  const { values, secrets } = params;
  return {
    ...(Object.keys(values).length === 0 ? {} : { params: values }),
    ...(secrets.length === 0 ? {} : { secretParams: secrets }),
  };
}

/**
 * Every problem of a flow that could not be loaded: those found when it was read, and what its plan shows of the part
 * that is sound.
 */
export function problemsOfFlow(
  { error, sound }: FaultyFlow,
  input: Omit<PlanInput, "flow">,
): readonly FlowProblem[] {
  // Cut already: what comes on top would stand among problems that are not told.
  if (sound === undefined || error.length > LIMITS.problems) return error;
  const { problems } = resolveJobs({ ...input, flow: sound });
  const key = ({ file, line, column, message }: FlowProblem): string =>
    `${file}:${line}:${column} ${message}`;
  const told = new Set(error.map(key));
  const more = problems.filter((problem) => !told.has(key(problem)));
  return inFileOrder([...error, ...more], [sound.file, ...(input.inventory?.files ?? [])]);
}

/** The plans of the jobs that have one, and every problem of the others. */
function resolveJobs(input: PlanInput): {
  readonly problems: readonly FlowProblem[];
  readonly notes: PlanNote[];
  readonly earlier: ReadonlyMap<string, ReadonlySet<string>>;
  readonly plans: ReadonlyMap<LocatedJob, JobPlan>;
  /** What undoes those of them that say it. */
  readonly undos: ReadonlyMap<LocatedJob, JobPlan>;
  readonly jobs: readonly LocatedJob[];
  readonly selection: Selection;
} {
  const { flow, inventory, limit, exclude, scripts = new Map(), undo = true, random } = input;
  const known = knownHosts(flow, inventory);
  const { expressions, problems: groupProblems } = readGroups(flow, inventory, known);
  const selected = readSelection({ limit, exclude }, expressions);
  const selection: Selection = selected.ok ? selected.value : ALL;
  const problems = [
    ...groupProblems,
    ...known.problems.filter((one) => !isTold(one, expressions)).map(({ problem }) => problem),
    ...paramsInInventory(flow, inventory),
    ...(selected.ok ? [] : selected.error),
  ];

  const notes: PlanNote[] = [];
  const earlier = new Map<string, ReadonlySet<string>>();
  const plans = new Map<LocatedJob, JobPlan>();
  const undos = new Map<LocatedJob, JobPlan>();
  const jobs = locatedJobs(flow.flow);
  const taken = jobsTakenFrom(flow.flow);
  const params = Object.fromEntries(
    Object.entries(flow.params.values).map(([name, value]) => [name, String(value)]),
  );
  for (const located of jobs) {
    const resolved = resolveJob(located, {
      flow,
      params,
      expressions,
      entries: known.entries,
      selection,
      scripts,
      random,
      earlier,
      taken,
    });
    if (resolved.named !== undefined) earlier.set(located.name, resolved.named);
    problems.push(...resolved.problems);
    notes.push(...resolved.notes);
    if (resolved.plan !== undefined) plans.set(located, resolved.plan);
    if (resolved.undo !== undefined && undo) undos.set(located, resolved.undo);
  }
  notes.push(...expressions.notes());
  // Else they may be missing for what is told already.
  if (problems.length === 0 && selection.asked !== undefined)
    problems.push(...takenFromNobody(flow, plans, selection.asked));
  return { problems, notes, earlier, plans, undos, jobs, selection };
}

/** A parameter is one value for all hosts: none of them has its own. */
function paramsInInventory(flow: LoadedFlow, inventory: LoadedInventory | undefined): readonly FlowProblem[] {
  const names = Object.keys(flow.flow.params ?? {});
  if (inventory === undefined || names.length === 0) return [];
  return Object.entries(inventory.inventory.hosts ?? {}).flatMap(([key, { env = {} }]) =>
    names
      .filter((name) => env[name] !== undefined)
      .map((name) => {
        const message = `${name} is a parameter of the flow ${flow.file}, which commands have as a variable already`;
        return inventory.problemAt(
          { path: ["hosts", key, "env", name], at: "key" },
          message,
          "rename one of the two",
        );
      }),
  );
}

/** The flow's first, then the inventory's, then those of options. */
function inFileOrder(problems: readonly FlowProblem[], files: readonly string[]): readonly FlowProblem[] {
  const rank = ({ file }: FlowProblem): number => (files.includes(file) ? files.indexOf(file) : files.length);
  return cutProblems(
    problems.toSorted((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column),
  );
}

const ALL: Selection = {
  takes: () => true,
  named: [],
  problem: (message) => {
    throw new Error(`bug: no selection, and yet: ${message}`);
  },
};

function slotLeftOut(phase: "slots" | "finally", slot: number, asks: boolean): PlanNote {
  const which = `${phase === "slots" ? "slot" : "finally slot"} ${slot + 1}`;
  const message = `${which} is left out: none of its jobs has hosts left${asks ? "; its question is not asked" : ""}`;
  return { kind: "slotLeftOut", warning: false, message };
}

/** Hosts of --limit and --exclude that no job has: perhaps mistyped. */
function unusedSelections(
  selection: Selection,
  jobs: ReadonlyMap<string, ReadonlySet<string>>,
  plans: Iterable<JobPlan>,
): readonly PlanNote[] {
  const sets = [...jobs.values()];
  const all = [...plans];
  const stages = new Set(all.flatMap((plan) => [...atPlaces([plan]).keys()]));
  const gates = new Set(
    all.flatMap((plan) => (plan.gates ?? []).flatMap(({ check }) => check?.host.name ?? [])),
  );
  const whose = "since it chooses whose way is gone";
  const note = (names: readonly string[], message: string): readonly PlanNote[] =>
    names.length === 0 ? [] : [{ kind: "selectionUnused", warning: true, message }];
  return selection.named.flatMap(({ option, names }): readonly PlanNote[] => {
    const unused = [...names].filter((name) => !sets.some((set) => set.has(name)));
    const none = unused.filter((name) => !stages.has(name) && !gates.has(name));
    const asking = unused.filter((name) => gates.has(name) && !stages.has(name));
    const running = unused.filter((name) => stages.has(name));
    return [
      ...note(none, `${option} names ${foldHosts(none)}, which no job of the flow has`),
      ...note(
        running,
        `${option} names ${foldHosts(running)}, where stages run: they run there all the same, ${whose}`,
      ),
      ...note(
        asking,
        `${option} names ${foldHosts(asking)}, where a gate asks: it asks there all the same, ${whose}`,
      ),
    ];
  });
}

/** The name of a flow that has none: its file's, without folder and ending. */
function nameOfFile(file: string): string {
  const name = file.replace(/^.*\//s, "").replace(/\.[^.]*$/, "");
  return name === "" ? quote(file) : name;
}
