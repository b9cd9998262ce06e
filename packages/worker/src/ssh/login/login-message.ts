import type { Identities } from "./identities.ts";
import type { TransportProblem } from "../../transport/transport.ts";
import type { LoginAttempt } from "./login-plan.ts";
import { problem } from "../../transport/problem.ts";

export interface LoginRefusal {
  readonly where: string;
  readonly user: string;
  /** Over all connections that were made for it. */
  readonly tried: readonly LoginAttempt[];
  /** What the server took, and wants more than. */
  readonly accepted: readonly LoginAttempt[];
  /** The methods that the server takes. */
  readonly taken: readonly string[];
  readonly identities: Identities;
  /** Keys that the agent did not sign with, and why. */
  readonly unsigned: readonly string[];
  /** Keys that were not shown, since the server would not take them. */
  readonly passedOver: readonly string[];
  /** Why no password was given, where one is asked for. */
  readonly noPassword?: string;
  /** Since the worker's password file cannot be read. */
  readonly passwordUnread?: boolean;
  /** What the server said when it ended the login. */
  readonly lastWord?: string;
}

/** A refused login is the host's answer, unless this worker had nothing to show, or not all that it should have. */
export function loginProblem(refusal: LoginRefusal): TransportProblem {
  const { where, user, tried, taken, identities } = refusal;
  const unusable = [...refusal.unsigned, ...refusal.passedOver, ...identities.unusable]
    .map((why) => `; not usable: ${why}`)
    .join("");
  const takes = taken.length === 0 ? "" : `; it takes ${taken.join(", ")}`;
  if (refusal.accepted.length > 0) return halfLoggedIn(refusal, unusable);
  const asked = taken.includes("password") || taken.includes("keyboard-interactive");
  const password = asked && refusal.noPassword !== undefined ? `; ${refusal.noPassword}` : "";
  const lastWord = refusal.lastWord === undefined ? "" : `; it ended with "${refusal.lastWord}"`;
  if (tried.length === 0 && identities.usable.length === 0) {
    return problem(
      "local",
      `this worker has no key to log in at ${where} as ${user}${unusable}${takes}${password}; ` +
        `give --identity, name an IdentityFile in ssh_config, or run ssh-agent`,
      { unless: "login" },
    );
  }
  if (tried.length > 0 && tried.length === refusal.unsigned.length)
    return problem(
      "local",
      `this worker could not log in at ${where} as ${user}${unusable}${takes}${password}`,
      { unless: "agent" },
    );
  const what =
    tried.length === 0
      ? `none of this worker's ${identities.usable.length} keys could be offered`
      : `tried ${tried.map(nameOf).join(", ")}`;
  if (identities.ownFault || (asked && refusal.passwordUnread === true))
    return problem(
      "local",
      `this worker could not log in at ${where} as ${user}: ${what}${unusable}${takes}${password}; ` +
        `a file named in the worker's options cannot be used: mend the file, or the option`,
      { unless: "login" },
    );
  const takesKeys = taken.length === 0 || taken.includes("publickey");
  return problem(
    "authentication",
    `${where} refused the login as ${user}: ${what}${unusable}${takes}${password}${lastWord}; ` +
      (takesKeys
        ? `is the public key in the authorized_keys of ${user} there?`
        : `keys are not taken there (PubkeyAuthentication, AuthenticationMethods)`),
  );
}

/** The first factor opened the door, and nothing here serves as the next: keys and authorized_keys are in order. */
function halfLoggedIn(refusal: LoginRefusal, unusable: string): TransportProblem {
  const { where, user, accepted, tried, taken } = refusal;
  const refused = tried.filter((attempt) => !accepted.includes(attempt));
  const others = refused.length === 0 ? "" : `; it refused ${refused.map(nameOf).join(", ")}`;
  const asksPassword = taken.includes("password") || taken.includes("keyboard-interactive");
  const why = asksPassword && refusal.noPassword !== undefined ? `; ${refusal.noPassword}` : "";
  return problem(
    asksPassword && refusal.passwordUnread === true ? "local" : "authentication",
    `${where} took ${accepted.map(nameOf).join(", ")} of ${user} and wants a further factor: ` +
      `${taken.join(", ")}${others}${unusable}${why}; let this worker in by a key alone (AuthenticationMethods ` +
      `there), or give --ssh-password-file where the factor is a password`,
  );
}

function nameOf(attempt: LoginAttempt): string {
  return attempt.method === "publickey"
    ? attempt.identity.label
    : `${attempt.method} (from the password file)`;
}
