import {
  fail,
  functionPrefixOption,
  parsedOption,
  serversOption,
  serviceOptions,
  succeed,
  textOption,
  type OptionSpec,
  type OptionValues,
  type Result,
} from "@roadrunner/core/cli";
import type { HostPort } from "@roadrunner/engine/address";
import {
  joinedListens,
  parseListens,
  parsePublicAddresses,
  type ListenAddress,
} from "../doors/listen-address.ts";

const DAY_MS = 86_400_000;

export const coordinatorOptions = {
  servers: serversOption(
    "Gearman job servers, host:port,host:port; unix:/path is a socket; the first that answers is used",
  ),
  "function-prefix": functionPrefixOption(),
  store: textOption(
    "where runs are remembered: the path of a file of its own, or postgres://user@host/database",
    {
      defaultText: "~/.local/state/roadrunner/store.db",
    },
  ),
  listen: parsedOption<readonly ListenAddress[]>(
    "where it hears rr-submit: unix:/path of a socket in a folder that is its owner's alone, HOST:PORT, or several of them",
    parseListens,
    { value: [], text: "$XDG_RUNTIME_DIR/roadrunner/coordinator.sock" },
    { repeated: joinedListens },
  ),
  "tls-cert": textOption(
    "certificate to be known by at HOST:PORT, with those between it and its authority (PEM)",
  ),
  "tls-key": textOption("its private key, readable by its owner alone (PEM)"),
  "allowed-signers": textOption(
    "whose keys may log in at HOST:PORT: ssh-keygen's allowed_signers, for the namespace roadrunner-login@v1",
  ),
  "revoked-signers": textOption(
    "keys and certificates that may not log in any more: keys, or a KRL (ssh-keygen -k)",
  ),
  roles: textOption(
    "what whoever is logged in may do, as JSON: view, own (runs of his own), all; without it everybody has own",
  ),
  "public-address": parsedOption<readonly Required<HostPort>[] | undefined>(
    "names besides those in the certificate under which operators reach it: HOST:PORT,HOST:PORT",
    parsePublicAddresses,
    { value: undefined, text: "" },
  ),
  "sign-key": textOption(
    "sign what goes to workers with --allowed-signers: a private key file, NAME.pub of a key in the agent, or NAME-cert.pub",
  ),
  "sign-as": textOption("principal to sign as, where allowed_signers leaves it open"),
  "pool-key-file": textOption(
    "seal what goes to the workers, and secrets in the store, with the first key of this file: 32 bytes a line",
  ),
  "prune-runs": daysOption("how long a run is remembered when it has ended", 90),
  "prune-output": daysOption("how long the output of its commands is kept", 30),
  ...serviceOptions,
};

export type CoordinatorOptions = OptionValues<typeof coordinatorOptions>;

/** Whole days, as milliseconds; undefined: for ever. */
function daysOption(describe: string, days: number): OptionSpec<number | undefined> {
  return parsedOption(`${describe}: days, or never`, parseDays, { value: days * DAY_MS, text: `${days}d` });
}

function parseDays(text: string): Result<number | undefined, string> {
  if (text === "never") return succeed(undefined);
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  return days === undefined
    ? fail(`${JSON.stringify(text)} is neither a number of days, such as 90d, nor never`)
    : succeed(Number(days) * DAY_MS);
}
