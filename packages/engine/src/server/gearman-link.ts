import { fail, succeed, type Result } from "@roadrunner/core";
import type { GearmanClient, LinkState, ServerAddress } from "@roadrunner/core/gearman";

/** The job server that the client uses now. */
export function serverInUse(gearman: GearmanClient): ServerAddress | undefined {
  const { state } = gearman;
  return state.type === "up" ? state.server : undefined;
}

/** Waits for the first connection; the error is why the last attempt failed, with its server. */
export async function waitForServer(
  gearman: GearmanClient,
  waitMs: number,
): Promise<Result<ServerAddress, string>> {
  return new Promise((resolve) => {
    let lastError = "no answer yet";
    const look = (state: LinkState): void => {
      if (state.type === "connecting" && state.lastError !== undefined) lastError = state.lastError;
      if (state.type === "up") finish(succeed(state.server));
    };
    const finish = (result: Result<ServerAddress, string>): void => {
      clearTimeout(timer);
      stopListening();
      resolve(result);
    };
    const stopListening = gearman.onState(look);
    const timer = setTimeout(() => finish(fail(lastError)), waitMs);
    look(gearman.state);
  });
}
