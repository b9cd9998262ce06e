import type { HttpBindings } from "@hono/node-server";
import { OpenAPIHono, type z } from "@hono/zod-openapi";
import { defined, succeed, type Result } from "@roadrunner/core";
import type { Log } from "@roadrunner/core/service";
import { API, confirmSchema, readAs, resumeSchema, signSchema } from "@roadrunner/engine/api";
import { claimedBy } from "../carry/claimed-by.ts";
import type { Coordinator } from "../carry/coordinator.ts";
import { ofStore, refuse, type Refusal } from "../carry/refusal.ts";
import type { Who } from "../login/logins.ts";
import { endedTasks } from "../shown/ended-tasks.ts";
import type { ShownFleet } from "../shown/shown-fleet.ts";
import { taskOutput } from "../shown/task-output.ts";
import type { KnownRun, Store } from "../store/store.ts";
import { Admission, type Ask, type Entrance } from "./admission/admission.ts";
import { addLoginRoutes } from "./admission/login-routes.ts";
import { Routing, type ApiObserver } from "./admission/routing.ts";
import { methodsAt } from "./asked-for.ts";
import type { EventPages } from "./stream/event-pages.ts";
import { eventStream } from "./stream/event-stream.ts";
import { readHandOver } from "./hand-over/read-hand-over.ts";
import { rowOfKnown, whoseRun } from "./known-run.ts";
import { openApi } from "./described/openapi.ts";
import { problem } from "./problems.ts";
import { readBody, readJson, USUAL_BODY, WORDS_BODY } from "./body/read-body.ts";
import { eventsQuery, listQuery, outputQuery, tasksQuery } from "./described/routes.ts";
import { streamResponse } from "./stream/stream-response.ts";
import { wantsStream } from "./stream/wants-stream.ts";

export interface AppOptions {
  readonly store: Store;
  readonly coordinator: Coordinator;
  readonly fleet: ShownFleet;
  readonly log: Log;
  readonly observer: ApiObserver;
  /** Over the network; absent: by a socket that is its owner's alone. */
  readonly entrance?: Entrance;
  /** Of this process. */
  readonly id: string;
  readonly version: string;
  /** Everywhere that it listens, as `unix:/path` and `https://host:port`. */
  readonly listen: () => readonly string[];
  readonly pages: EventPages;
  /** Why it cannot do its work now; none: it can. */
  readonly reasons: () => readonly string[];
}

/** What the HTTP API answers at one kind of door. */
export function buildApp(options: AppOptions): OpenAPIHono<{ Bindings: HttpBindings }> {
  const { store, coordinator, fleet, log, observer, entrance, pages } = options;
  const app = new OpenAPIHono<{ Bindings: HttpBindings }>();
  const admission = new Admission(store, entrance);
  const routing = new Routing({ app, admission, log, observer });
  addLoginRoutes(routing, entrance);

  routing.on("handOver", async (ask, who) => {
    const handOver = await readBody(ask, USUAL_BODY, readHandOver);
    if (!handOver.ok) return handOver;
    const run = await coordinator.handOver(handOver.value, who.principal);
    return run.ok ? succeed(ask.json({ run: run.value }, 201)) : run;
  });

  routing.on("list", async (ask) => {
    const query = parsed(listQuery, ask.req.query());
    if (!query.ok) return query;
    const { limit, since, until, ...filter } = query.value;
    const times = defined({ sinceMs: msOf(since), untilMs: msOf(until) });
    // One more: whether there is a next page.
    const found = await store.runs({ ...times, ...defined(filter), limit: limit + 1 });
    if (!found.ok) return ofStore(found.error);
    const runs = found.value
      .slice(0, limit)
      .map((known) => rowOfKnown(known, coordinator.runs.get(known.run)));
    const next = found.value.length > limit ? runs.at(-1)?.run : undefined;
    return succeed(ask.json({ runs, ...defined({ next }) }));
  });

  routing.onRun("one", async (ask, known) =>
    Promise.resolve(succeed(ask.json(rowOfKnown(known, coordinator.runs.get(known.run))))),
  );

  routing.onRun("events", async (ask, known, who) => {
    const query = parsed(eventsQuery, ask.req.query());
    if (!query.ok) return query;
    const from = firstWanted(ask, query.value.from);
    if (!wantsStream(ask.req.header("accept")))
      return eventPage(store, ask, known, { from, limit: query.value.limit });
    return succeed(
      streamResponse(
        ask,
        (gone) => eventStream({ store, pages, runs: coordinator.runs, run: known.run, from, gone }),
        () => admission.holds(who),
      ),
    );
  });

  routing.onRun("tasks", async (ask, { run }) => {
    const query = parsed(tasksQuery, ask.req.query());
    if (!query.ok) return query;
    const { from, limit, ...wanted } = query.value;
    const tasks = await endedTasks(store, { run, ...defined(wanted) }, { from, limit });
    return tasks.ok ? succeed(ask.json(tasks.value)) : tasks;
  });

  routing.onRun("output", async (ask, known) => {
    const query = parsed(outputQuery, ask.req.query());
    if (!query.ok) return query;
    const output = await taskOutput(store, known, query.value);
    return output.ok ? succeed(ask.json(output.value)) : output;
  });

  const told = async (ask: Ask, known: KnownRun, who: Who, kind: "stop" | "kill") => {
    const said = await coordinator.say(known, { kind, ...defined({ by: who.principal }) });
    return said.ok ? succeed(ask.json({ text: said.value.text, ...whoseRun(known, who) })) : said;
  };
  routing.onRun("stop", async (ask, known, who) => told(ask, known, who, "stop"));
  routing.onRun("kill", async (ask, known, who) => told(ask, known, who, "kill"));

  routing.onRun("confirm", async (ask, known, who, note) => {
    const asked = await readJson(ask, confirmSchema, WORDS_BODY);
    if (!asked.ok) return asked;
    const { job, goOn, by } = asked.value;
    note({ answer: goOn ? "yes" : "no", ...defined({ job: job?.slice(0, 100) }) });
    const said = await coordinator.say(known, {
      ...{ kind: goOn ? "confirm" : "refuse" },
      ...defined({ job, by: who.principal ?? (by && claimedBy(by)) }),
    });
    return said.ok ? succeed(ask.json(said.value)) : said;
  });

  routing.onRun("resume", async (ask, known, who) => {
    const asked = await readJson(ask, resumeSchema, WORDS_BODY);
    if (!asked.ok) return asked;
    const text = await coordinator.resume(known, asked.value, who.principal);
    return text.ok ? succeed(ask.json({ text: text.value })) : text;
  });

  routing.onRun("sign", async (ask, known, who) => {
    const asked = await readJson(ask, signSchema, WORDS_BODY);
    if (!asked.ok) return asked;
    const said = await coordinator.sign(known, asked.value.signed, who.principal);
    return said.ok ? succeed(ask.json(said.value)) : said;
  });

  routing.onRun("signed", async (ask, known) => {
    const signed = await coordinator.signed(known);
    return signed.ok ? succeed(ask.json(signed.value)) : signed;
  });

  routing.on("carriers", async (ask) => {
    const carriers = await coordinator.carriers();
    return carriers.ok ? succeed(ask.json({ carriers: carriers.value })) : carriers;
  });

  routing.on("workers", async (ask) => succeed(ask.json(await fleet.now())));

  routing.open("health", async (ask) => {
    const who = await admission.who(ask);
    if (!who.ok) return who;
    const { id, version } = options;
    const listen = options.listen();
    const reasons = options.reasons();
    const ok = reasons.length === 0;
    const carried = coordinator.runs.size;
    const rest =
      who.value === undefined
        ? {}
        : { coordinator: id, version, store: store.kind, listen, carried, reasons };
    return succeed(ask.json({ ok, ...rest }));
  });

  const description = openApi();
  routing.open("description", async (ask) => Promise.resolve(succeed(ask.json(description))));

  app.notFound((ask) => {
    const { method, path } = ask.req;
    const methods = methodsAt(path);
    if (methods.length === 0)
      return problem(ask, {
        code: "notFound",
        detail: `there is no ${path.slice(0, 200)}; ${API}/openapi.json tells what there is`,
      });
    const allow = methods.join(", ");
    ask.header("allow", allow);
    return problem(ask, {
      code: "methodNotAllowed",
      detail: `${method.slice(0, 20)} is nothing for ${path.slice(0, 200)}, which knows ${allow}; ${API}/openapi.json tells what there is`,
    });
  });
  app.onError((error, ask) => {
    // Whoever asked has gone: nobody hears it.
    if (ask.env.outgoing.destroyed || ask.req.raw.signal.aborted) return ask.body(null);
    log.error("a bug in rr-coordinator; please report it", { error: error.stack ?? error.message });
    return problem(ask, { code: "bug", detail: "its log says more; please report it" });
  });
  return app;
}

async function eventPage(
  store: Store,
  ask: Ask,
  known: KnownRun,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<Result<Response, Refusal>> {
  const page = await store.events(known.run, from, limit);
  if (!page.ok) return ofStore(page.error);
  const last = page.value.at(-1);
  const next = last !== undefined && last.number < known.events ? last.number + 1 : undefined;
  const ended = last === undefined ? known.ended : last.event.type === "run.ended";
  return succeed(ask.json({ events: page.value, ended, ...defined({ next }) }));
}

/** After a lost connection, the event behind the last that came. */
function firstWanted({ req }: Ask, from: number): number {
  const last = /^\d{1,15}$/.exec(req.header("last-event-id") ?? "")?.[0];
  return last === undefined ? from : Number(last) + 1;
}

function msOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}

function parsed<T>(schema: z.ZodType<T>, query: Readonly<Record<string, string>>): Result<T, Refusal> {
  const read = readAs(schema, query);
  return read.ok ? read : refuse("badRequest", read.error);
}
