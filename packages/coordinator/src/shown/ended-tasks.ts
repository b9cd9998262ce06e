import { defined, succeed, type Result } from "@roadrunner/core";
import type { EndedTask, TaskList } from "@roadrunner/engine/api";
import { ofStore, type Refusal } from "../carry/refusal.ts";
import type { NumberedEnd, Store, WantedEnds } from "../store/store.ts";

/** How tasks of a run ended, of all or of those that are meant. */
export async function endedTasks(
  store: Store,
  wanted: WantedEnds,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<Result<TaskList, Refusal>> {
  const found = await store.endsFrom(wanted, from, limit);
  if (!found.ok) return ofStore(found.error);
  const { ends, next } = found.value;
  return succeed({ tasks: ends.map(endedTask), ...defined({ next }) });
}

function endedTask({ number, event }: NumberedEnd): EndedTask {
  const { time, slot, job, host, stage, at, attempt, outcome, final } = event;
  const { reason, exitCode, worker, durationMs } = event;
  return {
    ...{ number, time, slot, job, host, ...defined({ stage, at }), attempt, outcome, final },
    ...defined({ reason, exitCode, worker, durationMs }),
  };
}
