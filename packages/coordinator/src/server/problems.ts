import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Problem } from "@roadrunner/engine/api";
import type { Refusal } from "../carry/refusal.ts";

type Told = readonly [status: ContentfulStatusCode, title: string];

const PROBLEMS: Readonly<Record<Problem["code"], Told>> = {
  notLoggedIn: [401, "Nobody is logged in"],
  notAllowed: [403, "It is not allowed"],
  badSignature: [422, "The signature does not hold"],
  tooMany: [429, "Too much at once"],
  badRequest: [400, "The request is not understood"],
  notAcceptable: [406, "Another kind of answer is wanted"],
  unsupportedType: [415, "The request is no JSON"],
  tooLarge: [413, "The request is too large"],
  headersTooLarge: [431, "The request's headers or address are too large"],
  tooSlow: [408, "The request did not come in time"],
  notFound: [404, "There is nothing here"],
  methodNotAllowed: [405, "It cannot be done with this"],
  noSuchRun: [404, "There is no such run"],
  noSuchOutput: [404, "There is no such output"],
  runIsThere: [409, "Another run has this id"],
  ambiguousRun: [409, "Several runs are meant"],
  flowRunsAlready: [409, "It runs already"],
  notCarried: [409, "Nobody carries the run"],
  nothingLeft: [409, "There is nothing to go on with"],
  needsSecrets: [422, "Secrets are missing"],
  storeFault: [503, "It cannot be done now"],
  bug: [500, "A bug in rr-coordinator"],
};

/**
 * With these the connection ends: who asks on and on has to make another one, and those are counted. Else what was not read of a
 * request is read for half a second, so that whoever sends it hears the answer.
 */
const LAST: ReadonlySet<Problem["code"]> = new Set(["tooMany", "notFound", "methodNotAllowed"]);

export const PROBLEM_TYPE = "application/problem+json";

export function problemOf({ code, detail }: Refusal): Problem {
  const [status, title] = PROBLEMS[code];
  return { type: `urn:roadrunner:problem:${code}`, title, status, detail, code };
}

/** An error as RFC 9457 has it. */
export function problem(context: Context, refusal: Refusal): Response {
  const told = problemOf(refusal);
  const { code, retryAfter } = refusal;
  return context.body(JSON.stringify(told), told.status as ContentfulStatusCode, {
    "content-type": PROBLEM_TYPE,
    ...(code === "notLoggedIn" ? { "www-authenticate": 'Bearer realm="roadrunner"' } : {}),
    ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
    ...(LAST.has(code) ? { connection: "close" } : {}),
  });
}
