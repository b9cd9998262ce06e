import type { ApiFault } from "../connection/api-fault.ts";
import { EXIT } from "../../usage/exit-codes.ts";

/** There is nothing to log in with; `said`: what the coordinator says of the login that there was. */
export function noKeyFault(server: string, said: readonly string[] = []): ApiFault {
  const why =
    said.length === 0
      ? `the coordinator on ${server} answers only who is logged in, and there is no key to log in with`
      : `the login with the coordinator on ${server} is over, and there is no key to log in anew with: ${said[0]}`;
  const cure =
    "Name your SSH key: --sign-key ~/.ssh/id_ed25519, or NAME.pub of a key in the agent, or NAME-cert.pub (RR_SIGN_KEY)";
  return { kind: "problem", code: "notLoggedIn", refusal: { lines: [why, cure], code: EXIT.usage } };
}

/** What has just been given as a login is refused. */
export function notTakenFault(server: string, said: readonly string[]): ApiFault {
  const lines = [
    `the coordinator on ${server} gave a login, and does not take it: ${said[0] ?? ""}`,
    "Do several coordinators answer to that name, each with a store of its own? Behind one name they must share one.",
  ];
  return { kind: "problem", code: "notLoggedIn", refusal: { lines, code: EXIT.infrastructure } };
}
