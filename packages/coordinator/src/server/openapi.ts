import { OpenAPIHono } from "@hono/zod-openapi";
import { ROUTES } from "./routes.ts";

/** Of the API, which begins with /api/v1; fields may come, none go. */
const API_VERSION = "1.0.0";

/** The description of the API, made of the schemas that it is read with. */
export function openApi() {
  const app = new OpenAPIHono();
  for (const route of Object.values(ROUTES)) app.openAPIRegistry.registerPath(route);
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "rr-coordinator",
      version: API_VERSION,
      description:
        "Runs that are handed over, carried and remembered. Events are those of rr-submit --output ndjson.",
    },
  });
}
