import { DEFAULT_PORT, parseServers, type ServerAddress } from "../gearman/server-address.ts";
import type { OptionSpec } from "./options.ts";
import { lastOf, parsedOption } from "./values.ts";

/** `--servers`, the same in both programs. */
export function serversOption(describe: string): OptionSpec<readonly ServerAddress[]> {
  return parsedOption<readonly ServerAddress[]>(
    describe,
    parseServers,
    { value: [{ host: "127.0.0.1", port: DEFAULT_PORT }], text: `127.0.0.1:${DEFAULT_PORT}` },
    { alias: "s", repeated: lastOf },
  );
}
