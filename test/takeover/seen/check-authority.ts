import { jobAt, retriesOf, workAt, type RunEvent, type RunPlan, type TaskRef } from "@roadrunner/core";
import type { PlanBody } from "@roadrunner/core/signing";
import { placeOf } from "../../../packages/engine/src/traffic/workload-of.ts";
import type { HostLine } from "../../faults/host-log.ts";
import { isOfNoUse } from "../../faults/signed/refusals.ts";

/** A line of a worker's audit log, as far as it is looked at. */
export interface AuditLine {
  readonly time: string;
  readonly principal?: string | undefined;
  readonly key?: string | undefined;
  readonly carrier?: string | undefined;
  readonly run?: string;
  readonly plan?: string;
  readonly slot?: number;
  readonly job?: string;
  readonly gate?: string;
  readonly stage?: string;
  readonly target?: string;
  readonly attempt?: number;
  readonly host?: string;
  readonly command?: string;
  readonly outcome?: string;
  /** Of a gate's question. */
  readonly reading?: string;
  readonly reason?: string;
}

/** What an operator has signed of a run. */
export interface SpokenWord<Name extends string = string> {
  readonly by: Name;
  /** `SHA256:…` */
  readonly key: string;
  readonly body: Pick<PlanBody, "plan" | "carriers" | "pastAttempts" | "issuedMs" | "notAfterMs">;
  readonly text?: string;
}

export interface SignedRun {
  readonly run: string;
  readonly plan: RunPlan;
  readonly words: readonly SpokenWord[];
  /** Lines of all workers. */
  readonly lines: readonly AuditLine[];
  readonly events: readonly RunEvent[];
  /** By host: what it wrote itself. */
  readonly logs: ReadonlyMap<string, readonly HostLine[]>;
}

/** Then it is asked about by the word of whoever signed before. */
const OF_ANOTHER = /^the record (of this attempt )?on the host is of another command, or of another signer's/;
const TIME_IS_OVER = /^its signed plan expired at/;
const NO_CARRIER = /^the key (?<carrier>SHA256:\S+) is none of those that its operator lets carry the run/;
/** Why a task of which nothing went to a worker is refused. */
const NO_OUTPUT = /^MARK has no value on /;

/** Holds a run to what its operators signed, by what workers wrote down, and hosts. Pure. */
export function checkAuthority(of: SignedRun): string[] {
  const own = of.lines.filter(({ run }) => run === of.run);
  return [
    ...own.flatMap((line) => wrongRefusal(line, of.words)),
    ...own.flatMap((line) => (wasRefused(line) ? [] : strange(line, of))),
    ...strangeStarts(of),
    ...refusedTasks(of.events),
  ];
}

/**
 * What workers refused, and of whose run they do not say it, since they believed nothing of it.
 * @param leftOut keys of coordinators for which some run was not signed
 */
export function checkUnbelieved(lines: readonly AuditLine[], leftOut: ReadonlySet<string>): string[] {
  return lines.flatMap((line) => {
    if (line.run !== undefined || !wasRefused(line)) return [];
    const { reason = "" } = line;
    if (isOfNoUse(reason)) return [];
    const carrier = NO_CARRIER.exec(reason)?.groups?.["carrier"];
    return carrier !== undefined && leftOut.has(carrier) ? [] : [`refused: at ${line.time}: ${reason}`];
  });
}

function wasRefused({ outcome, reading, reason }: AuditLine): boolean {
  return outcome === "refused" || (reading === "none" && /sign|operator|allowed|polic/.test(reason ?? ""));
}

function wrongRefusal(line: AuditLine, words: readonly SpokenWord[]): string[] {
  if (!wasRefused(line)) return [];
  const { reason = "", time } = line;
  if (isOfNoUse(reason)) return [];
  if (OF_ANOTHER.test(reason) && new Set(words.map(({ key }) => key)).size > 1) return [];
  if (TIME_IS_OVER.test(reason) && !words.some((word) => holdsAt(word, Date.parse(time)))) return [];
  return [`refused: ${told(line)} at ${time}: ${reason}`];
}

function holdsAt({ body }: SpokenWord, nowMs: number): boolean {
  return body.issuedMs <= nowMs && nowMs <= body.notAfterMs;
}

/** Why what a worker did is not what somebody signed. */
function strange(line: AuditLine, { plan, words }: SignedRun): string[] {
  const problem = (what: string): string[] => [`unsigned: ${told(line)} at ${line.time}: ${what}`];
  const of = words.filter(({ by, key }) => by === line.principal && key === line.key);
  if (of.length === 0) return problem(`${line.principal ?? "nobody"} has not signed it (${line.key ?? "-"})`);
  const carriers = of.flatMap(({ body }) => body.carriers);
  if (line.carrier === undefined || !carriers.includes(line.carrier))
    return problem(`it was not signed for ${line.carrier ?? "nobody"}`);
  if (of.every(({ body }) => body.plan !== line.plan)) return problem("it is of another plan");
  if (line.gate !== undefined) return [];
  const task = tasksOf(plan).find(
    ({ slot, job, stage, target, host }) =>
      slot === line.slot &&
      job === line.job &&
      stage === line.stage &&
      target === line.target &&
      host === line.host,
  );
  if (task === undefined) return problem("the plan has no such task");
  if (task.command?.slice(0, line.command?.length) !== line.command) return problem("its command is another");
  const most = mostAttempts(task, of);
  return (line.attempt ?? 0) <= most ? [] : problem(`${most} attempts were signed`);
}

/** By the hosts' own lines: nothing ran there that is not in the plan, nor more often than was signed. */
function strangeStarts({ plan, words, logs }: SignedRun): string[] {
  const tasks = tasksOf(plan);
  return [...logs].flatMap(([host, lines]) =>
    lines.flatMap((line): readonly string[] => {
      if (line.kind !== "start") return [];
      const [act = "", target] = line.job.split("@");
      const [job, stage] = act.split("/");
      const task = tasks.find(
        (one) => one.job === job && one.stage === stage && one.target === target && one.host === host,
      );
      if (task === undefined) return [`unsigned: ${line.job} started on ${host}, and is not in the plan`];
      const most = mostAttempts(task, words);
      return line.attempt <= most
        ? []
        : [`unsigned: attempt ${line.attempt} of ${line.job} started on ${host}; ${most} were signed`];
    }),
  );
}

/** Tasks that ended as refused: no worker is to refuse what was signed. */
function refusedTasks(events: readonly RunEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type !== "task.ended" || event.outcome !== "refused") return [];
    const { job, stage, host, attempt, reason = "" } = event;
    return NO_OUTPUT.test(reason)
      ? []
      : [`refused: ${[job, stage, host].filter(Boolean).join(" ")} attempt ${attempt} ended so: ${reason}`];
  });
}

interface PlannedTask {
  readonly slot: number;
  readonly job: string;
  readonly stage: string | undefined;
  /** Where it is at another host. */
  readonly target: string | undefined;
  readonly host: string;
  readonly command: string | undefined;
  readonly retries: number;
}

/** Of one host each. */
function tasksOf(plan: RunPlan): readonly PlannedTask[] {
  return (["slots", "finally"] as const).flatMap((phase) =>
    plan[phase].flatMap(({ jobs }, slot) =>
      jobs.flatMap(({ hosts, stages }, job) =>
        (stages === undefined ? [undefined] : [...stages.keys()]).flatMap((stage) =>
          [...hosts.keys()].map((host) => {
            const at = { phase, slot, job, host, attempt: 1 };
            return plannedTask(plan, stage === undefined ? at : { ...at, stage });
          }),
        ),
      ),
    ),
  );
}

function plannedTask(plan: RunPlan, ref: TaskRef): PlannedTask {
  const { host, task } = placeOf(plan, ref);
  const { command } = workAt(plan, ref);
  return { ...task, host, command, retries: retriesOf(jobAt(plan, ref), ref.stage).retries };
}

function mostAttempts({ retries }: PlannedTask, words: readonly SpokenWord[]): number {
  return Math.max(0, ...words.map(({ body }) => body.pastAttempts + 1 + retries));
}

function told({ job, gate, stage, host, attempt }: AuditLine): string {
  return [job, stage, gate === undefined ? undefined : `gate ${gate}`, host, attempt]
    .filter((part) => part !== undefined)
    .join(" ");
}
