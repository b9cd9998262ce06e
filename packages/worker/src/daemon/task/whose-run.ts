import type { OwnedWorkload } from "../../authority/owner.ts";
import type { StartRefusal } from "../../visit/run-request.ts";
import type { Held } from "../memory/epochs.ts";
import type { SharedParts } from "../shared-parts.ts";

type Shared = Pick<SharedParts, "epochs" | "log">;

/** Learns whose a run is of what is believed to be its `owner`'s, who is that `person`: see `ownerOf`, `personOf`. */
export function learn(
  shared: Shared,
  held: Held,
  { owner, person }: Pick<OwnedWorkload, "owner" | "person">,
): void {
  if (shared.epochs.learn(held, owner, person))
    shared.log.info("a run has another coordinator", { run: held.run, epoch: held.epoch });
}

/** Otherwise the host's record holds a start already, whose end is waited for, or is closed. */
export function mayStart({ task }: Pick<OwnedWorkload, "task">): boolean {
  return (task?.order ?? "run") === "run";
}

/**
 * Why the run is not, or not surely, his who asks for this: nothing is begun for him. What begins nothing is his as long as
 * nobody else is known to have the run.
 */
export function notHis(shared: Shared, workload: OwnedWorkload): StartRefusal | undefined {
  const { task, owner } = workload;
  if (task === undefined) return undefined;
  return mayStart(workload) ? shared.epochs.refusal(task, owner, Date.now()) : overtaken(shared, workload);
}

/** Why he who asked for this has no say in its run any more, whatever he asked. */
export function overtaken({ epochs }: Shared, { task, owner }: OwnedWorkload): StartRefusal | undefined {
  return task === undefined ? undefined : epochs.overtaken(task, owner);
}
