import type { Workload } from "@roadrunner/core";
import type { HostDoor } from "../transport/transport.ts";

/** Whether tasks may run on the worker's own box: as whom they like, or only as another user than the worker's. */
export type LocalLimit = "self" | "become";

/**
 * Why a task may not run on the worker's own box.
 * @param local absent: none may
 */
export function localFault(
  local: LocalLimit | undefined,
  { host, address, become, reboot }: Workload,
  door: HostDoor | undefined,
): string | undefined {
  if (door?.isLocal !== true) return undefined;
  if (local === undefined) return "this worker runs nothing on its own box (transport local; --allow-local)";
  const other = become === true ? "root" : become;
  if (local === "become" && (other === undefined || other === door.user))
    return `this worker runs on its own box only as another user than ${door.user}: use become (--allow-local become)`;
  const { thisBox } = door;
  if (thisBox !== undefined)
    return `transport local runs it on the worker's own box, which is ${thisBox} and not ${address ?? host}: give each such box a pool of its own, or say in the inventory that it is any worker's box (address: localhost)`;
  return reboot === undefined
    ? undefined
    : "a reboot of the worker's own box (transport local) would end the worker that waits for it: reach it by ssh from another one";
}
