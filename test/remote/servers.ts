import type { HidePid } from "../support/private-proc.ts";
import { startSshd } from "../support/sshd.ts";
import { startDropbear } from "./dropbear.ts";

/** A real SSH server with host `h1`, for users of a test's own. */
export interface Server {
  readonly sshConfigFile: string;
  readonly publicKeyFile: string;
  stop(): Promise<void>;
}

export const SERVERS = ["sshd", "dropbear"] as const;

export async function startServer(name: (typeof SERVERS)[number], hidePid?: HidePid): Promise<Server> {
  if (name === "dropbear") return startDropbear(hidePid);
  // The first SetEnv wins: these users have homes of their own.
  const config = "MaxSessions 100\nSetEnv RR_TEST_OWN_HOME=yes";
  const sshd = await startSshd({ hosts: ["h1"], config, ...(hidePid === undefined ? {} : { hidePid }) });
  return {
    sshConfigFile: sshd.sshConfigFile,
    publicKeyFile: `${sshd.clientKey}.pub`,
    stop: () => sshd.stop(),
  };
}
