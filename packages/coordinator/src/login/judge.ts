import { defined, succeed, type Result } from "@roadrunner/core";
import {
  authorityFault,
  LOGIN_NAMESPACE,
  readLoginText,
  readSignature,
  subjectOf,
  verifySsh,
  type SignedBy,
} from "@roadrunner/core/signing";
import type { Login } from "@roadrunner/engine/api";
import { refuse, type Refusal } from "../carry/refusal.ts";
import { readChallenge, type Challenge } from "./challenge.ts";
import { serverFault, type ServerNames } from "./server-names.ts";
import { allowedAs, type Allowed, type Signers } from "./signers.ts";

/** It stands in logs and lists, and no two names look the same. */
const NAME = /^[^\s\p{C}]+$/u;

/** What a login is judged by. */
export interface Judging {
  readonly challengeKey: Buffer;
  readonly signers: Signers;
  readonly names: ServerNames;
  readonly nowMs: number;
}

/** A login that is right, as long as nobody else has used its challenge. */
export interface Proved extends Allowed {
  readonly by: SignedBy;
  readonly challenge: Challenge;
}

/** Whether somebody who signed this may be let in. What costs most is asked last: a stranger's signature is not checked. */
export function judgeLogin({ statement, signature }: Login, judging: Judging): Result<Proved, Refusal> {
  const { challengeKey, signers, names, nowMs } = judging;
  const said = readLoginText(statement);
  if (!said.ok) return refuse("badRequest", `the statement is not taken: ${said.error}`);
  const { principal } = said.value;
  if (principal !== undefined && !NAME.test(principal))
    return refuse(
      "badRequest",
      "the principal of the statement has a blank, or a character that is not shown",
    );
  const server = serverFault(names, said.value.server);
  if (server !== undefined) return refuse("badSignature", server);
  const challenge = readChallenge(challengeKey, said.value.challenge, nowMs);
  if (!challenge.ok) return refuse("badSignature", `the challenge ${challenge.error}`);
  const read = readSignature(signature);
  if (!read.ok) return refuse("badSignature", `the signature ${read.error}`);
  const { key, certificate, made, namespace } = read.value;
  if (namespace !== LOGIN_NAMESPACE)
    return refuse(
      "badSignature",
      `the signature is for ${JSON.stringify(namespace.slice(0, 60))}, and one to log in with is for ${LOGIN_NAMESPACE}`,
    );
  const by: SignedBy = { key, ...defined({ certificate, touch: made.touch }) };
  const allowed = allowedAs(signers, by, nowMs, principal);
  if (!allowed.ok) return refuse("notAllowed", allowed.error);
  const unsigned = certificate && authorityFault(certificate);
  if (unsigned !== undefined) return refuse("badSignature", `${subjectOf(by)} ${unsigned}`);
  if (!verifySsh(read.value, Buffer.from(statement), LOGIN_NAMESPACE))
    return refuse("badSignature", "the signature is not one of this statement by the key that it names");
  return succeed({ ...allowed.value, by, challenge: challenge.value });
}
