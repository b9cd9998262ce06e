import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import { succeed, type Result } from "@roadrunner/core";
import { refuse, type Refusal } from "../carry/refusal.ts";
import { takesOneOf } from "./accept.ts";
import { ROUTES } from "./described/routes.ts";

type Route = (typeof ROUTES)[keyof typeof ROUTES];

/** Whether a request says nothing, and wants nothing, that its route does not know. */
export function asRouteHasIt(ask: Context<{ Bindings: HttpBindings }>, route: Route): Result<void, Refusal> {
  const query = knownQuery(ask, route);
  return query.ok ? knownAnswer(ask, route) : query;
}

/**
 * Whether a request names nothing that its route does not know: a filter that is misspelt would show everything, and a word
 * that is given twice is one that somebody else understands in another way.
 */
function knownQuery({ req, env }: Context<{ Bindings: HttpBindings }>, route: Route): Result<void, Refusal> {
  // As it came: what is decoded has been put right already.
  if (decoded(env.incoming.url ?? "") === undefined)
    return refuse("badRequest", "its address has a % that stands for no character; write % itself as %25");
  const known = namesIn(route);
  for (const [name, values] of Object.entries(req.queries())) {
    if (!known.includes(name))
      return refuse("badRequest", `${quoted(name)} cannot be asked for here; ${knownText(known)}`);
    if (values.length > 1) return refuse("badRequest", `${name} is given ${values.length} times; give one`);
  }
  return succeed(undefined);
}

/** Whether whoever asks takes what the route answers; what cannot be done is told as a problem whatever he takes. */
function knownAnswer({ req }: Context<{ Bindings: HttpBindings }>, route: Route): Result<void, Refusal> {
  const types = typesOf(route);
  const accept = req.header("accept");
  if (types.length === 0 || takesOneOf(types, accept)) return succeed(undefined);
  return refuse(
    "notAcceptable",
    `accept: ${(accept ?? "").slice(0, 100)} names nothing that is answered here; there is ${types.join(", ")}`,
  );
}

/** Of its good answers; none: they have no content. */
function typesOf({ responses }: Route): readonly string[] {
  return Object.entries(responses).flatMap(([status, response]) =>
    status.startsWith("2") && "content" in response ? Object.keys(response.content) : [],
  );
}

/** Methods of the routes that have this path; none: there is no such path. */
export function methodsAt(path: string): readonly string[] {
  const methods = Object.values(ROUTES)
    .filter((route) => patternOf(route).test(path))
    .map(({ method }) => method.toUpperCase());
  return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
}

function patternOf({ path }: Route): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}

function namesIn(route: Route): readonly string[] {
  const { request } = route as { readonly request?: { readonly query?: { readonly shape: object } } };
  return Object.keys(request?.query?.shape ?? {});
}

function knownText(known: readonly string[]): string {
  return known.length === 0 ? "nothing can" : `there are ${known.join(", ")}`;
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 60));
}

/** Undefined: there is a % in it that stands for nothing. A bundler would leave out a call of which nothing is used. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
