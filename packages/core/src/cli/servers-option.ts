import {
  DEFAULT_PORT,
  formatServer,
  parseServers,
  type ServerAddress,
} from "../gearman/connection/server-address.ts";
import type { OptionSpec } from "./options.ts";
import { parsedOption } from "./values.ts";

/** `--servers`, the same in both programs. */
export function serversOption(describe: string): OptionSpec<readonly ServerAddress[]> {
  return parsedOption<readonly ServerAddress[]>(
    describe,
    parseServers,
    { value: [{ host: "127.0.0.1", port: DEFAULT_PORT }], text: `127.0.0.1:${DEFAULT_PORT}` },
    { alias: "s", repeated: joinedServers },
  );
}

function joinedServers(lists: readonly (readonly ServerAddress[])[]): readonly ServerAddress[] {
  return [...new Map(lists.flat().map((server) => [formatServer(server), server])).values()];
}
