import { afterAll } from "vitest";
import { startHostileHost, type HostedVisit, type HostileHost } from "../support/hostile-host.ts";
import { makeGround, type Ground } from "./ground.ts";

const open: { host: HostileHost; ground: Ground }[] = [];

/** Called by a test file: its hosts end with it. */
export function useHostileHosts(): void {
  afterAll(async () => {
    for (const { host, ground } of open.splice(0)) {
      await ground.close();
      await host.stop();
    }
  });
}

export async function hostile(
  script: (visit: HostedVisit) => void | Promise<void>,
): Promise<{ host: HostileHost; ground: Ground }> {
  const host = await startHostileHost(script);
  const ground = makeGround(host.sshConfigFile);
  open.push({ host, ground });
  return { host, ground };
}

export const ONCE = {
  delivery: "once",
  onDisconnect: "finish",
  recordKey: "abcdefghijklmnopqrstuvwxyz",
} as const;

export async function started(visit: HostedVisit): Promise<void> {
  await visit.greet();
  visit.start();
}
