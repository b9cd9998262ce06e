import { createRoute, z } from "@hono/zod-openapi";
import { OUTCOMES, runEventSchema } from "@roadrunner/core";
import {
  API,
  carriersSchema,
  challengeSchema,
  confirmedSchema,
  confirmSchema,
  eventPageSchema,
  fleetSchema,
  handedOverSchema,
  handOverSchema,
  healthSchema,
  loggedInSchema,
  loginSchema,
  problemSchema,
  resumeSchema,
  runIdSchema,
  runListSchema,
  runRowSchema,
  runStateSchema,
  signSchema,
  signedSchema,
  keptOutputSchema,
  taskListSchema,
  toldSchema,
  whoSchema,
} from "@roadrunner/engine/api";
import { PROBLEM_TYPE } from "../problems.ts";

/** Runs of one answer. */
const MOST_LISTED = 1000;
const LISTED = 100;

/** Ends of tasks of one answer, each of which may have a long reason. */
const MOST_TASKS = 500;

/** Events of one answer. */
const MOST_EVENTS = 1000;

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

/** As events are; what reads them here takes those of later versions too. */
const describedPage = eventPageSchema
  .extend({
    events: z.array(z.object({ number: z.number().int().min(1), event: runEventSchema })).readonly(),
  })
  .meta({ id: "EventPage" });

const params = z.object({
  run: z.string().meta({
    description:
      "an id, the beginning of one that no other run has, or last: the newest of those that whoever is logged in handed over, " +
      "and on the coordinator's socket, where nobody logs in, the newest of all",
  }),
});

/** A number as a query has it. */
function whole(least: number, most = Number.MAX_SAFE_INTEGER) {
  return z
    .string()
    .regex(/^\d{1,16}$/, "is no whole number")
    .transform(Number)
    .pipe(z.number().int().min(least).max(most))
    .meta({ type: "integer", minimum: least, maximum: most });
}

/** What somebody calls something; a store of PostgreSQL knows no U+0000. */
const name = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^\0]*$/, "has a character that no name has");

const moment = z.iso
  .datetime({ offset: true, error: "is no time as 2026-11-29T12:00:00Z" })
  .meta({ format: "date-time" });

export const listQuery = z.object({
  flow: name.optional().meta({ description: "only runs of the flow of this name" }),
  state: runStateSchema.optional().meta({ description: "only runs in this state" }),
  principal: name.optional().meta({ description: "only runs that this principal handed over" }),
  by: name.optional().meta({ description: "only runs that were handed over from there, user@box" }),
  since: moment
    .optional()
    .meta({ description: "only runs that were started then or later, to the second, as their ids say" }),
  until: moment.optional().meta({ description: "only runs that were started before that" }),
  limit: whole(1, MOST_LISTED).default(LISTED).meta({ description: "at most so many" }),
  before: runIdSchema
    .optional()
    .meta({ description: "only runs after this one in the list: the next of a page" }),
});

export const eventsQuery = z.object({
  from: whole(1).default(1).meta({ description: "number of the first event" }),
  limit: whole(1, MOST_EVENTS)
    .default(MOST_EVENTS)
    .meta({ description: "of a page: at most so many; it has fewer where they are large" }),
});

export const tasksQuery = z.object({
  host: name.optional().meta({ description: "only of this host, as the flow has it" }),
  job: name.optional().meta({ description: "only of this job" }),
  outcome: z.enum(OUTCOMES).optional().meta({ description: "only those that ended so" }),
  from: whole(1).default(1).meta({ description: "number of the first event that is looked at" }),
  limit: whole(1, MOST_TASKS)
    .default(LISTED)
    .meta({ description: "at most so many; a page may have fewer, and be followed by others all the same" }),
});

export const outputQuery = z.object({
  job: name.meta({ description: "the job's name" }),
  host: name.meta({ description: "the host's name, as the flow has it" }),
  stage: name.optional().meta({ description: "absent: the one that decided how the host's way ended" }),
  at: name.optional().meta({ description: "where the stage ran, if not on the host" }),
  attempt: whole(1).optional().meta({ description: "absent: the last one" }),
});

/** What can be asked; handlers stand elsewhere. */
export const ROUTES = {
  handOver: createRoute({
    method: "post",
    path: `${API}/runs`,
    operationId: "handOverRun",
    tags: ["runs"],
    summary: "Hand a run over",
    description:
      "Answered when the run is in the store. The same one once more, after an unclear end, is the same run.",
    request: body(handOverSchema),
    responses: { 201: json(handedOverSchema, "It is in the store, and is carried"), default: problem },
  }),
  list: createRoute({
    method: "get",
    path: `${API}/runs`,
    operationId: "listRuns",
    tags: ["runs"],
    summary: "List runs, newest first",
    request: { query: listQuery },
    responses: { 200: json(runListSchema, "Some of the runs"), default: problem },
  }),
  one: createRoute({
    method: "get",
    path: `${API}/runs/{run}`,
    operationId: "getRun",
    tags: ["runs"],
    summary: "Show one run",
    request: { params },
    responses: { 200: json(runRowSchema, "How it stands"), default: problem },
  }),
  events: createRoute({
    method: "get",
    path: `${API}/runs/{run}/events`,
    operationId: "readRunEvents",
    tags: ["runs"],
    summary: "Read a run's events from a number on",
    description:
      "With accept: text/event-stream they are sent as they come until the run has ended: `run` with the number as id, and live " +
      "output as `output` without one. Whoever lost the connection asks again with Last-Event-ID.",
    request: { params, query: eventsQuery },
    responses: {
      200: {
        description: "Events of the run",
        content: {
          "application/json": { schema: describedPage },
          "text/event-stream": { schema: z.string() },
        },
      },
      default: problem,
    },
  }),
  tasks: createRoute({
    method: "get",
    path: `${API}/runs/{run}/tasks`,
    operationId: "listTasks",
    tags: ["runs"],
    summary: "List how a run's tasks ended, in that order",
    description:
      "Each attempt of each task, or of each stage of one, that has ended so far; of a run that goes on more come behind them. " +
      "Pages fit together: `next` is the `from` of the next one.",
    request: { params, query: tasksQuery },
    responses: { 200: json(taskListSchema, "Some of them"), default: problem },
  }),
  output: createRoute({
    method: "get",
    path: `${API}/runs/{run}/output`,
    operationId: "getTaskOutput",
    tags: ["runs"],
    summary: "Read the output of a task",
    description:
      "Of what has ended so far, the first and the last part of each stream, as the run was told to keep (--keep-output); live " +
      "output is in the stream of events alone.",
    request: { params, query: outputQuery },
    responses: { 200: json(keptOutputSchema, "What it wrote, and how it ended"), default: problem },
  }),
  stop: createRoute({
    method: "post",
    path: `${API}/runs/{run}/stop`,
    operationId: "stopRun",
    tags: ["control"],
    summary: "Stop a run",
    description:
      "Nothing new starts, what runs is finished; a second or more later once more: what runs is killed.",
    request: { params },
    responses: { 200: json(toldSchema, "What was done"), default: problem },
  }),
  kill: createRoute({
    method: "post",
    path: `${API}/runs/{run}/kill`,
    operationId: "killRun",
    tags: ["control"],
    summary: "Kill what a run runs on its hosts",
    request: { params },
    responses: { 200: json(toldSchema, "What was done"), default: problem },
  }),
  confirm: createRoute({
    method: "post",
    path: `${API}/runs/{run}/confirm`,
    operationId: "confirmRun",
    tags: ["control"],
    summary: "Say yes or no to what a run waits for",
    request: { params, ...body(confirmSchema) },
    responses: { 200: json(confirmedSchema, "Whether it was done, and what"), default: problem },
  }),
  resume: createRoute({
    method: "post",
    path: `${API}/runs/{run}/resume`,
    operationId: "resumeRun",
    tags: ["control"],
    summary: "Go on with a run that has ended, or that nobody carries",
    request: { params, ...body(resumeSchema) },
    responses: { 200: json(toldSchema, "What was done"), default: problem },
  }),
  sign: createRoute({
    method: "post",
    path: `${API}/runs/{run}/sign`,
    operationId: "signRun",
    tags: ["control"],
    summary: "Sign the plan of a run anew",
    description: "For a run that goes on for longer than its operator signed, or on other coordinators.",
    request: { params, ...body(signSchema) },
    responses: { 200: json(confirmedSchema, "Whether it was done, and what"), default: problem },
  }),
  signed: createRoute({
    method: "get",
    path: `${API}/runs/{run}/sign`,
    operationId: "getSigned",
    tags: ["control"],
    summary: "Get what was signed of the plan of a run",
    description: "Whoever signs it anew holds the plan against it, and takes no other one for the same.",
    request: { params },
    responses: { 200: json(signedSchema, "The text, and its signature"), default: problem },
  }),
  carriers: createRoute({
    method: "get",
    path: `${API}/carriers`,
    operationId: "listCarriers",
    tags: ["coordinator"],
    summary: "List the keys of the coordinators that may come to carry a run",
    description: "An operator signs a plan for all of them. Empty: they sign nothing.",
    responses: { 200: json(carriersSchema, "Their keys"), default: problem },
  }),
  workers: createRoute({
    method: "get",
    path: `${API}/workers`,
    operationId: "listWorkers",
    tags: ["coordinator"],
    summary: "List the coordinator's job servers, their queues, and the workers on them",
    description:
      "As they stood two seconds ago at most; who does not answer is named with it, after some seconds.",
    responses: { 200: json(fleetSchema, "How they stand"), default: problem },
  }),
  health: createRoute({
    method: "get",
    path: `${API}/health`,
    operationId: "getHealth",
    tags: ["coordinator"],
    summary: "Ask whether this coordinator can do its work",
    description: "Whoever is not logged in hears that alone.",
    responses: { 200: json(healthSchema, "How it stands"), default: problem },
  }),
  challenge: createRoute({
    method: "post",
    path: `${API}/login/challenge`,
    operationId: "askChallenge",
    tags: ["login"],
    summary: "Ask for a challenge to log in with",
    security: [],
    responses: { 200: json(challengeSchema, "To be signed with an SSH key"), default: problem },
  }),
  login: createRoute({
    method: "post",
    path: `${API}/login`,
    operationId: "logIn",
    tags: ["login"],
    summary: "Log in with a signed challenge",
    description:
      "The statement is the JSON text of `v` (1), `server` (host:port as the client reaches it), `challenge` and, where " +
      "allowed_signers leaves that open, `principal`. It is signed as `ssh-keygen -Y sign -n roadrunner-login@v1` does it.",
    security: [],
    request: body(loginSchema),
    responses: { 201: json(loggedInSchema, "Logged in"), default: problem },
  }),
  who: createRoute({
    method: "get",
    path: `${API}/login`,
    operationId: "getLogin",
    tags: ["login"],
    summary: "Ask who is logged in",
    responses: { 200: json(whoSchema, "Whose token it is"), default: problem },
  }),
  logout: createRoute({
    method: "delete",
    path: `${API}/login`,
    operationId: "logOut",
    tags: ["login"],
    summary: "Log out: the token is good for nothing any more",
    responses: { 204: { description: "Logged out" }, default: problem },
  }),
  description: createRoute({
    method: "get",
    path: `${API}/openapi.json`,
    operationId: "getDescription",
    tags: ["coordinator"],
    summary: "Read this description",
    responses: {
      200: json(z.looseObject({ openapi: z.string() }).meta({ id: "Description" }), "OpenAPI 3.1"),
      default: problem,
    },
  }),
} as const;
