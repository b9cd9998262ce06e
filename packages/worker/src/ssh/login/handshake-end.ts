import type { Client } from "ssh2";
import type { TransportProblem } from "../../transport/transport.ts";
import type { LoginAttempt } from "./login-plan.ts";

/** How the way from a connection to a login came out. */
export type HandshakeEnd =
  | {
      readonly kind: "ready";
      readonly client: Client;
      /** The server's software version. */
      readonly server: string;
      /** What opened the door. */
      readonly by: LoginAttempt | undefined;
    }
  | { readonly kind: "failed"; readonly problem: TransportProblem }
  /** The server closed before its greeting, as one with too many logins under way does: worth another try. */
  | { readonly kind: "turnedAway"; readonly problem: TransportProblem }
  /** `ended`: the server ended the connection before every key had its turn. */
  | {
      readonly kind: "loginRefused";
      readonly ended?: string;
      /** Keys that the agent did not sign with, and why: the server never had its say on them. */
      readonly unsigned: readonly string[];
    };
