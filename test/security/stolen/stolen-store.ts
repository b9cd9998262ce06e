import { chmodSync, cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { RunPlan } from "@roadrunner/core";
import type { SignedText } from "@roadrunner/core/signing";
import { openStore } from "../../../packages/coordinator/src/store/open-store.ts";
import { loadPlan } from "../../../packages/coordinator/src/carry/kept/load-run.ts";
import type { CoordinatorKit } from "../../coordinator/kit.ts";

/** What a store says of a run to whoever has copied its file. */
export async function copiedStore(
  { home }: CoordinatorKit,
  run: string,
): Promise<{ readonly plan: RunPlan; readonly signed: SignedText }> {
  const folder = join(home.path, "stolen");
  mkdirSync(folder, { mode: 0o700 });
  cpSync(join(home.path, "state/roadrunner"), folder, {
    recursive: true,
    filter: (path) => !path.endsWith(".sock"),
  });
  chmodSync(folder, 0o700);
  const store = await openStore(join(folder, "store.db"), "thief");
  if (!store.ok) throw new Error(store.error.reason);
  try {
    const [plan, signed] = [await loadPlan(store.value, run), await store.value.signedPlans(run)];
    if (!plan.ok || !signed.ok || signed.value.signed === undefined)
      throw new Error("it says nothing of the run");
    return { plan: plan.value, signed: JSON.parse(signed.value.signed) as SignedText };
  } finally {
    await store.value.close();
  }
}
