import { runIdTime } from "@roadrunner/engine";

const MOST_APART_MS = 10 * 60_000;

/** Why a new run cannot have this id: lists and `last` go by the time with which it begins. Undefined: it can. */
export function runTimeFault(run: string, nowMs: number): string | undefined {
  const [, date = "", hour = "", minute = "", second = ""] = /^(\d{8})-(\d\d)(\d\d)(\d\d)-/.exec(run) ?? [];
  const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
  const written = `${day}T${hour}:${minute}:${second}Z`;
  const ms = Date.parse(written);
  if (Number.isNaN(ms) || !run.startsWith(`${runIdTime(ms)}-`))
    return `the id ${run} begins with no time: ids are as ${runIdTime(nowMs)}-k3x7p2qa, in UTC`;
  if (Math.abs(ms - nowMs) <= MOST_APART_MS) return undefined;
  const now = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  return `the id ${run} is of ${written}, and the coordinator's clock says ${now}: compare the clocks of both boxes; a new run's id is at most 10 minutes away`;
}
