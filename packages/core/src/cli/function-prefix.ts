import { fail, succeed } from "../errors.ts";
import type { ServerAddress } from "../gearman/connection/server-address.ts";
import type { OptionSpec } from "./options.ts";
import { parsedOption } from "./values.ts";

/** A function's name has at most 63 bytes, of which a worker's control function needs 51. */
const PREFIX = /^[A-Za-z0-9_.-]{1,12}$/;

/** `--function-prefix`, the same in both programs. */
export function functionPrefixOption(): OptionSpec<string | undefined> {
  return parsedOption<string | undefined>(
    "what all Gearman functions of this installation begin with, as site1.; the same for rr-submit and rr-worker",
    (text) =>
      PREFIX.test(text)
        ? succeed(text)
        : fail(
            `${JSON.stringify(text)} is no prefix: letters, digits, _ . and -, at most 12, such as site1.`,
          ),
    { value: undefined, text: "" },
  );
}

/** Options with `--function-prefix` at each of the `--servers`, where they have both. */
export function withServersPrefixed<T extends object>(options: T): T {
  const { servers, "function-prefix": functionPrefix } = options as {
    readonly servers?: readonly ServerAddress[];
    readonly "function-prefix"?: string;
  };
  if (servers === undefined || functionPrefix === undefined) return options;
  return { ...options, servers: servers.map((server) => ({ ...server, functionPrefix })) };
}
