import type { Workload } from "@roadrunner/core";
import type { HostDoor } from "../transport/transport.ts";
import type { Wanted } from "./policy.ts";

const SSH_PORT = 22;

/** Where and as whom ssh_config leads for a workload. */
export type DoorOf = (workload: Workload) => HostDoor | undefined;

/** What a workload asks for. */
export function wantedOf(workload: Workload, doorOf: DoorOf): Wanted {
  const { host, address, become } = workload;
  const door = doorOf(workload);
  const login = workload.user ?? door?.user;
  const root = become === true ? "root" : become;
  return {
    host,
    address,
    port: workload.port,
    isLocal: door?.isLocal,
    configPort: door?.port ?? SSH_PORT,
    users: [login, root].filter((user) => user !== undefined),
    secrets: Object.values(workload.secretEnv ?? {}),
  };
}
