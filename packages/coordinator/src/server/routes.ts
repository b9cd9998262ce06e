import { createRoute, z } from "@hono/zod-openapi";
import {
  API,
  confirmedSchema,
  confirmSchema,
  eventPageSchema,
  handedOverSchema,
  handOverSchema,
  healthSchema,
  problemSchema,
  resumeSchema,
  RUN_STATES,
  runListSchema,
  runRowSchema,
  toldSchema,
} from "@roadrunner/engine/api";
import { PROBLEM_TYPE } from "./problems.ts";

/** Runs of one answer. */
const MOST_LISTED = 1000;
const LISTED = 100;

/** Events of one answer. */
export const MOST_EVENTS = 1000;

const problem = {
  description: "Why not, and what to do (RFC 9457)",
  content: { [PROBLEM_TYPE]: { schema: problemSchema } },
};

function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { "application/json": { schema } } };
}

function body<T extends z.ZodType>(schema: T) {
  return { body: { required: true, content: { "application/json": { schema } } } };
}

const params = z.object({
  run: z.string().meta({ description: "an id, the beginning of one that no other run has, or last" }),
});

export const listQuery = z.object({
  flow: z.string().optional().meta({ description: "only runs of the flow of this name" }),
  state: z.enum(RUN_STATES).optional().meta({ description: "only runs in this state" }),
  limit: z.coerce.number().int().min(1).max(MOST_LISTED).default(LISTED),
  before: z
    .string()
    .optional()
    .meta({ description: "only runs after this one in the list: the next of a page" }),
});

export const eventsQuery = z.object({
  from: z.coerce.number().int().min(1).default(1).meta({ description: "number of the first event" }),
});

/** What can be asked; handlers stand elsewhere. */
export const ROUTES = {
  handOver: createRoute({
    method: "post",
    path: `${API}/runs`,
    summary: "Hand a run over",
    description:
      "Answered when the run is in the store. The same one once more, after an unclear end, is the same run.",
    request: body(handOverSchema),
    responses: { 201: json(handedOverSchema, "It is in the store, and is carried"), default: problem },
  }),
  list: createRoute({
    method: "get",
    path: `${API}/runs`,
    summary: "List runs, newest first",
    request: { query: listQuery },
    responses: { 200: json(runListSchema, "Some of the runs"), default: problem },
  }),
  one: createRoute({
    method: "get",
    path: `${API}/runs/{run}`,
    summary: "Show one run",
    request: { params },
    responses: { 200: json(runRowSchema, "How it stands"), default: problem },
  }),
  events: createRoute({
    method: "get",
    path: `${API}/runs/{run}/events`,
    summary: "Read a run's events from a number on",
    description:
      "With accept: text/event-stream they are sent as they come until the run has ended: `run` with the number as id, and live " +
      "output as `output` without one. Whoever lost the connection asks again with Last-Event-ID.",
    request: { params, query: eventsQuery },
    responses: {
      200: {
        description: "Events of the run",
        content: {
          "application/json": { schema: eventPageSchema },
          "text/event-stream": { schema: z.string() },
        },
      },
      default: problem,
    },
  }),
  stop: createRoute({
    method: "post",
    path: `${API}/runs/{run}/stop`,
    summary: "Stop a run",
    description:
      "Nothing new starts, what runs is finished; a second or more later once more: what runs is killed.",
    request: { params },
    responses: { 200: json(toldSchema, "What was done"), default: problem },
  }),
  kill: createRoute({
    method: "post",
    path: `${API}/runs/{run}/kill`,
    summary: "Kill what a run runs on its hosts",
    request: { params },
    responses: { 200: json(toldSchema, "What was done"), default: problem },
  }),
  confirm: createRoute({
    method: "post",
    path: `${API}/runs/{run}/confirm`,
    summary: "Say yes or no to what a run waits for",
    request: { params, ...body(confirmSchema) },
    responses: { 200: json(confirmedSchema, "Whether it was done, and what"), default: problem },
  }),
  resume: createRoute({
    method: "post",
    path: `${API}/runs/{run}/resume`,
    summary: "Go on with a run that has ended, or that nobody carries",
    request: { params, ...body(resumeSchema) },
    responses: { 200: json(toldSchema, "What was done"), default: problem },
  }),
  health: createRoute({
    method: "get",
    path: `${API}/health`,
    summary: "Ask whether this coordinator can do its work",
    responses: { 200: json(healthSchema, "How it stands"), default: problem },
  }),
} as const;
