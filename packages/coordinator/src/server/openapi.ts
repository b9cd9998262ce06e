import { OpenAPIHono } from "@hono/zod-openapi";
import { ROUTES } from "./routes.ts";

/** The description of the API, made of the schemas that it is read with. */
export function openApi(version: string) {
  const app = new OpenAPIHono();
  for (const route of Object.values(ROUTES)) app.openAPIRegistry.registerPath(route);
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "rr-coordinator",
      version,
      description: "Runs that are handed over, carried and remembered. Events are those of docs/events.md.",
    },
  });
}
