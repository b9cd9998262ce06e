import type { CoordinatorAddress } from "@roadrunner/engine/address";
import { stateFolder } from "@roadrunner/engine/journal";
import { CoordinatorClient, type ClientOptions } from "./client.ts";
import { Destination } from "./connection/destination.ts";
import { Session } from "./login/session.ts";

/** Which coordinator, and how it is asked: as on the command line. */
export interface CoordinatorOptions {
  readonly coordinator?: CoordinatorAddress | undefined;
  readonly "coordinator-ca"?: string | undefined;
  readonly "sign-key"?: string | undefined;
  readonly "sign-as"?: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/** A login that could not be kept serves whoever asks in this process. */
const sessions = new Map<string, Session>();

/** Asks the coordinator that is named. */
export function clientOf(
  options: CoordinatorOptions & { readonly coordinator: CoordinatorAddress },
  env: Env,
  more: Pick<ClientOptions, "answerMs"> = {},
): CoordinatorClient {
  const to = new Destination(options.coordinator, options["coordinator-ca"]);
  return new CoordinatorClient(to, { ...more, session: sessionOf(to, options, env) });
}

/** The login of whoever gives the command; undefined: none is needed, since a socket is its owner's alone. */
export function sessionOf(to: Destination, options: CoordinatorOptions, env: Env): Session | undefined {
  const { address } = to;
  if (address.kind === "socket") return undefined;
  const { "sign-key": key, "sign-as": principal } = options;
  const known = JSON.stringify([to.name, to.caFile, key, principal, stateFolder(env)]);
  const session = sessions.get(known) ?? new Session(to, address, { key, principal, env });
  sessions.set(known, session);
  return session;
}
