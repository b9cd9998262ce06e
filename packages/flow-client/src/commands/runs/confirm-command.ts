import { findKnownRun, type Places } from "../../known-runs/index.ts";
import type { ExitCode } from "../../usage/exit-codes.ts";
import { tell } from "../../usage/refusal.ts";

/** `rr-submit confirm RUN|last [JOB]`: yes to what a run waits for, from another terminal of the same user. */
export async function confirmCommand(
  name: string,
  job: string | undefined,
  places: Places,
): Promise<ExitCode> {
  const found = await findKnownRun(name, places);
  return tell(found.ok ? await found.value.confirm(job) : found.error);
}
