import { findKnownRun, type Places } from "../../known-runs/index.ts";
import type { ExitCode } from "../../usage/exit-codes.ts";
import { tell } from "../../usage/refusal.ts";

/** `rr-submit stop RUN|last`: what Ctrl-C does, from another terminal of the same user. */
export async function stopCommand(name: string, places: Places): Promise<ExitCode> {
  const found = await findKnownRun(name, places);
  return tell(found.ok ? await found.value.stop() : found.error);
}
