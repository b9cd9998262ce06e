import { succeed } from "@roadrunner/core";
import type { HostSettings } from "../config/host-settings.ts";
import type { Credentials } from "../login/credentials.ts";
import type { AgentKeys } from "../login/ssh-agent.ts";
import { aborted, type Deadline } from "../wire/deadline.ts";
import type { HostRoute } from "../wire/jump-route.ts";
import type { MasterLog } from "./master-log.ts";
import { certificateNotes } from "./own-certificates.ts";
import type { LoginFacts } from "./refused-login.ts";

type OwnNotes = Pick<LoginFacts, "certificates" | "shutKeys">;

/** What this worker has to log in with, looked at once a login was refused. */
export async function ownNotes(
  credentials: Credentials,
  route: HostRoute,
  { stage, lines }: Pick<MasterLog, "stage" | "lines">,
  deadline: Deadline,
): Promise<OwnNotes> {
  if (stage !== "login") return { certificates: { useless: [], valid: [] }, shutKeys: [] };
  const settings = refuserOn(route, lines);
  const agent = await deadline.bound<AgentKeys>(
    credentials.agentKeys(settings).then((keys) => succeed(keys)),
    aborted,
  );
  const held = agent.ok ? agent.value.certificates : [];
  const keyOf = (path: string) => credentials.publicKeyOf(path);
  return {
    certificates: certificateNotes(settings.login, Date.now(), held, keyOf),
    shutKeys: credentials.shutKeys(settings),
  };
}

/** Whose login it was: a jump host's on the way, or the host's. */
function refuserOn(route: HostRoute, lines: readonly string[]): HostSettings {
  const denied = lines
    .map((line) => /^(.*): Permission denied \(/.exec(line)?.[1])
    .findLast((one) => one !== undefined);
  for (let hop = route.jump; hop !== undefined; hop = hop.jump) {
    const { user, host, hostname } = hop.settings;
    if (denied === `${user}@${hostname}` || denied === `${user}@${host}`) return hop.settings;
  }
  return route.settings;
}
