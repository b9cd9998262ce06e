import { fail, succeed, type Result } from "@roadrunner/core";
import { LOGIN_NAMESPACE, loginText, signSsh, type OperatorKey } from "@roadrunner/core/signing";
import { serverName, type CoordinatorAddress } from "@roadrunner/engine/address";
import { API, challengeSchema, loggedInSchema, type LoggedIn, type Login } from "@roadrunner/engine/api";
import { checkedAnswer } from "../connection/checked-answer.ts";
import { foreignFault, usageFault, type ApiFault } from "../connection/api-fault.ts";
import type { Destination } from "../connection/destination.ts";
import { ask } from "../connection/request.ts";
import { isToken } from "./kept-login.ts";

const ANSWER_MS = 30_000;
const PATH = `${API}/login`;

/** As whom, and by which key. */
export interface Signer {
  readonly operator: OperatorKey;
  readonly principal: string | undefined;
}

/** Has the key sign the coordinator's challenge for the name by which it was reached; gives what it grants. */
export async function logIn(
  to: Destination,
  address: Exclude<CoordinatorAddress, { kind: "socket" }>,
  { operator, principal }: Signer,
): Promise<Result<LoggedIn, ApiFault>> {
  const asked = await ask(to, { method: "POST", path: `${PATH}/challenge`, body: "{}" }, ANSWER_MS);
  const given = checkedAnswer(address, asked, challengeSchema);
  if (!given.ok) return given;
  const statement = loginText({ server: serverName(address), challenge: given.value.challenge, principal });
  const signature = await signSsh(Buffer.from(statement), LOGIN_NAMESPACE, operator);
  if (!signature.ok) return fail(usageFault(`nothing could be signed for the login: ${signature.error}`));
  const login: Login = { statement, signature: signature.value };
  const answer = await ask(to, { method: "POST", path: PATH, body: JSON.stringify(login) }, ANSWER_MS);
  const granted = checkedAnswer(address, answer, loggedInSchema);
  if (!granted.ok || isToken(granted.value.token)) return granted.ok ? succeed(granted.value) : granted;
  return fail(foreignFault(address, "what it gives for a login is no token"));
}
