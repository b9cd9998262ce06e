import * as z from "zod";
import { FAILURES } from "../work/outcome.ts";
import { environmentName } from "../work/field-types.ts";
import { TRANSPORTS } from "../work/transport.ts";
import { workFields } from "../work/work.ts";

const count = z.number().int().min(0);
const ms = z.number().min(0);

const amount = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("share"), hundredths: count.max(10_000) }),
    z.strictObject({ kind: z.literal("count"), count }),
  ])
  .meta({ id: "Amount" });

const host = z
  .strictObject({
    name: z.string().min(1),
    address: z.string().optional(),
    port: count.max(65_535).optional(),
    user: z.string().optional(),
    pool: z.string().optional(),
    transport: z.enum(TRANSPORTS).optional(),
    labels: z.record(z.string(), z.string()).optional(),
    env: z.record(z.string(), z.string()).optional(),
  })
  .meta({ id: "PlannedHost" });

const isUnique = (hosts: readonly { readonly name: string }[]): boolean =>
  new Set(hosts.map(({ name }) => name)).size === hosts.length;

const hasOneKindOfWork = ({
  work,
  stages,
}: {
  readonly work?: unknown;
  readonly stages?: unknown;
}): boolean => (work === undefined) !== (stages === undefined);

const { env: _, ...jobWork } = workFields;

const stage = z
  .strictObject({
    name: z.string().min(1),
    asks: z.literal(true).optional(),
    always: z.boolean(),
    retryFrom: z.literal("stage").optional(),
    retries: count,
    retryDelayMs: ms,
    retryOn: z.array(z.enum(FAILURES)),
    at: z
      .strictObject({
        label: z.string().optional(),
        hosts: z.array(host),
        atOnce: count.min(1),
      })
      .refine(({ label, hosts }) => label !== undefined || hosts.length === 1, "does not run at one host")
      .optional(),
    pool: z.string().optional(),
    user: z.string().optional(),
    env: z.record(environmentName, z.string()).optional(),
    work: z.strictObject(jobWork),
  })
  .meta({ id: "PlannedStage" });

const asksBeforeOthers = (stages: readonly z.infer<typeof stage>[]): boolean =>
  stages.every(
    ({ asks, at }, index) => asks !== true || (index === 0 && stages.length > 1 && at === undefined),
  );

/** Where the label of some host names none of the hosts at which its stage runs. */
const runsSomewhere = ({
  hosts,
  stages = [],
}: {
  readonly hosts: readonly z.infer<typeof host>[];
  readonly stages?: readonly z.infer<typeof stage>[] | undefined;
}): boolean =>
  stages.every(({ at }) => {
    const label = at?.label;
    if (label === undefined) return true;
    const names = new Set(at?.hosts.map(({ name }) => name));
    return hosts.every(({ labels }) => names.has(labels?.[label] ?? ""));
  });

const token = z.string().min(1).optional();

const gate = z
  .strictObject({
    name: z.string().min(1),
    pool: z.string().optional(),
    everyMs: ms,
    failures: count.min(1),
    timeoutMs: ms,
    prometheus: z
      .strictObject({
        url: z.string(),
        query: z.string(),
        max: z.number().optional(),
        min: z.number().optional(),
        token,
      })
      .optional(),
    http: z.strictObject({ url: z.string(), status: count, token }).optional(),
    check: z
      .strictObject({
        host,
        user: z.string().optional(),
        env: z.record(environmentName, z.string()).optional(),
        work: z.strictObject(jobWork),
      })
      .optional(),
  })
  .refine(
    ({ prometheus, http, check }) =>
      [prometheus, http, check].filter((one) => one !== undefined).length === 1,
    "does not ask one thing",
  )
  .meta({ id: "PlannedGate" });

const watchesGates = ({
  gates,
  bakeMs,
  onGateFail,
}: {
  readonly gates?: unknown;
  readonly bakeMs?: unknown;
  readonly onGateFail?: unknown;
}): boolean => gates !== undefined || (bakeMs === undefined && onGateFail === undefined);

const job = z
  .strictObject({
    name: z.string().min(1),
    hosts: z.array(host).refine(isUnique, "names a host twice"),
    success: amount,
    parallelism: z.array(amount).min(1),
    stepped: z.boolean(),
    stepSuccess: amount,
    waitMs: ms,
    tolerate: z.partialRecord(z.enum(FAILURES), amount),
    spread: z.array(z.strictObject({ label: z.string().min(1), most: amount })).optional(),
    failedHostsHoldPlaces: z.boolean(),
    boundFailures: z.boolean(),
    onlyIfOk: z.array(z.string()),
    retries: count,
    retryDelayMs: ms,
    retryOn: z.array(z.enum(FAILURES)),
    deadlineMs: ms.optional(),
    gates: z.array(gate).min(1).optional(),
    bakeMs: ms.optional(),
    onGateFail: z.literal("hold").optional(),
    undoes: z.string().optional(),
    undoUnknown: z.literal(true).optional(),
    envFrom: z.record(environmentName, z.strictObject({ from: z.string(), name: z.string() })).optional(),
    work: z.strictObject(jobWork).optional(),
    stages: z
      .array(stage)
      .min(1)
      .refine(asksBeforeOthers, "has a question that is not asked before its stages")
      .optional(),
  })
  .refine(watchesGates, "says what gates do, and has none")
  .refine(
    ({ undoes, undoUnknown }) => undoes !== undefined || undoUnknown === undefined,
    "undoes nothing, and says on which hosts",
  )
  .refine(hasOneKindOfWork, "has neither work nor stages, or both")
  .refine(runsSomewhere, "has a stage that some host's label does not say where to run")
  .meta({ id: "PlannedJob" });

/** What undoes a job stands right behind it, with its hosts in its order, is undone by none, and watches no gates. */
function undoesTheOneBefore(jobs: readonly z.infer<typeof job>[]): boolean {
  return jobs.every(({ undoes, hosts, gates }, index) => {
    if (undoes === undefined) return true;
    const before = jobs[index - 1];
    return (
      before?.name === undoes &&
      before.undoes === undefined &&
      gates === undefined &&
      before.hosts.length === hosts.length &&
      hosts.every(({ name }, host) => name === before.hosts[host]?.name)
    );
  });
}

const slot = z
  .strictObject({
    name: z.string().optional(),
    failFast: z.boolean(),
    confirm: z.string().optional(),
    jobs: z
      .array(job)
      .refine(undoesTheOneBefore, "has a job that undoes another than the one right before it"),
  })
  .meta({ id: "PlannedSlot" });

/** A plan as it stands in a journal; it holds nothing else, since a run goes on with it as it is. */
export const planSchema = z
  .strictObject({
    name: z.string(),
    description: z.string().optional(),
    slots: z.array(slot),
    finally: z.array(slot),
    params: z.record(environmentName, z.union([z.string(), z.number(), z.boolean()])).optional(),
    secretParams: z.array(environmentName).optional(),
  })
  .meta({ id: "RunPlan" });
