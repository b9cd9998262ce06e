import { OpenAPIHono } from "@hono/zod-openapi";
import { describeBounds } from "./described-bounds.ts";
import { describeExamples } from "./described-examples.ts";
import { ROUTES } from "./routes.ts";

/** Of the API, which begins with /api/v1; fields may come, none go. */
const API_VERSION = "1.0.0";

const DESCRIPTION = [
  "Runs of Roadrunner flows that are handed over, carried and remembered.",
  "Events are those of `rr-submit --output ndjson`. Errors are problem details (RFC 9457) with a `code` that stays.",
  "On the coordinator's Unix socket nobody logs in; over the network each request has the token of a login.",
  "Fields, kinds of events and codes of problems may come, and none go: ignore those that you do not know.",
].join("\n\n");

const TAGS = [
  { name: "runs", description: "What runs, and has run" },
  { name: "control", description: "What is said to a run, and so to whoever carries it" },
  { name: "login", description: "Who asks, over the network" },
  { name: "coordinator", description: "The coordinator itself, and who it works with" },
];

/** The description of the API, made of the schemas that it is read with. */
export function openApi() {
  const app = new OpenAPIHono();
  for (const route of Object.values(ROUTES)) app.openAPIRegistry.registerPath(route);
  app.openAPIRegistry.registerComponent("securitySchemes", "login", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "opaque",
    description: "The token of a login, over the network",
  });
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "rr-coordinator",
      version: API_VERSION,
      license: { name: "BSD-3-Clause", url: "https://opensource.org/license/bsd-3-clause" },
      description: DESCRIPTION,
    },
    servers: [{ url: "/", description: "The coordinator that gives this file" }],
    tags: TAGS,
    // On the socket nobody, over the network whoever has logged in.
    security: [{}, { login: [] }],
  });
  describeBounds(document.components?.schemas ?? {});
  describeExamples(document.paths ?? {}, ROUTES);
  return document;
}
