import { formatServer, type WorkerLinkState } from "@roadrunner/core/gearman";

/** One line of the log about a job server. */
export interface News {
  readonly level: "info" | "warn";
  readonly message: string;
  readonly server: string;
  readonly reason?: string;
}

/** What was last told of a server. */
type Told = "unreached" | "reached" | "lost";

/**
 * What is worth a line of what becomes of the links to the job servers: that one is not reached, is reached, is lost and
 * is back, each once, however often it is dialled in between.
 */
export class ServerNews {
  readonly #told = new Map<string, Told>();

  /** The line for this change; undefined: nothing new. */
  of({ server, state }: WorkerLinkState): News | undefined {
    const name = formatServer(server);
    const before = this.#told.get(name);
    switch (state.type) {
      case "up":
        this.#told.set(name, "reached");
        return {
          level: "info",
          message: before === "lost" ? "the job server is back" : "reached the job server",
          server: name,
        };
      case "down":
        this.#told.set(name, "lost");
        return {
          level: "warn",
          message: "lost the job server; it is dialled again",
          server: name,
          reason: state.reason,
        };
      case "connecting": {
        if (before !== undefined || state.lastError === undefined) return undefined;
        this.#told.set(name, "unreached");
        const message = "cannot reach the job server; it is dialled again and again";
        return { level: "warn", message, server: name, reason: withoutName(state.lastError, name) };
      }
      case "idle":
      case "closed":
        return undefined;
    }
  }
}

function withoutName(error: string, server: string): string {
  return error.startsWith(`${server}: `) ? error.slice(server.length + 2) : error;
}
