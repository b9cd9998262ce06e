import type { HttpBindings } from "@hono/node-server";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { defined, FloodGate, type Result } from "@roadrunner/core";
import type { Log } from "@roadrunner/core/service";
import type { Refusal } from "../../carry/refusal.ts";
import type { Who } from "../../login/logins.ts";
import type { KnownRun } from "../../store/store.ts";
import { ACCESS, type Access, type RouteName, type RunRoute } from "./access.ts";
import type { Admission, Ask } from "./admission.ts";
import { asRouteHasIt } from "../asked-for.ts";
import { problem } from "../problems.ts";
import { ROUTES } from "../described/routes.ts";

type Answered = Promise<Result<Response, Refusal>>;
type Fields = Readonly<Record<string, string>>;

export interface ApiObserver {
  /** A request was answered with a problem. */
  refused(code: Refusal["code"]): void;
}

export interface RoutingOptions {
  readonly app: OpenAPIHono<{ Bindings: HttpBindings }>;
  readonly admission: Admission;
  readonly log: Log;
  readonly observer: ApiObserver;
}

/** Has handlers answer what may be asked by whoever asks, and writes down who did something. */
export class Routing {
  readonly #options: RoutingOptions;
  readonly #refusals = new FloodGate();

  constructor(options: RoutingOptions) {
    this.#options = options;
  }

  /** Anybody may ask. */
  open(name: RouteName, answer: (ask: Ask) => Answered): void {
    this.#on(name, async (ask) => {
      const may = this.#options.admission.mayAskFreely(ask);
      if (!may.ok) return may;
      const known = asRouteHasIt(ask, ROUTES[name]);
      return known.ok ? answer(ask) : known;
    });
  }

  on(name: RouteName, answer: (ask: Ask, who: Who) => Answered): void {
    const access: Access = ACCESS[name];
    this.#on(name, async (ask) => {
      const who = await this.#admit(ask, access);
      if (!who.ok) return who;
      const known = asRouteHasIt(ask, ROUTES[name]);
      if (!known.ok) return known;
      return this.#told(ask, access, who.value, "", await answer(ask, who.value));
    });
  }

  /** The path names a run. What is noted stands in the log, with who did it. */
  onRun(
    name: RunRoute,
    answer: (ask: Ask, known: KnownRun, who: Who, note: (fields: Fields) => void) => Answered,
  ): void {
    const access: Access = ACCESS[name];
    const { admission } = this.#options;
    this.#on(name, async (ask) => {
      const who = await this.#admit(ask, access);
      if (!who.ok) return who;
      const asked = asRouteHasIt(ask, ROUTES[name]);
      if (!asked.ok) return asked;
      const known = await admission.admitToRun(ask, access, who.value);
      if (!known.ok) return this.#told(ask, access, who.value, ask.req.param("run") ?? "", known);
      let noted: Fields = {};
      const answered = await answer(ask, known.value, who.value, (fields) => {
        noted = fields;
      });
      return this.#told(ask, access, who.value, known.value.run, answered, noted);
    });
  }

  async #admit(ask: Ask, access: Access): Promise<Result<Who, Refusal>> {
    const { admission } = this.#options;
    const who = await admission.loggedIn(ask);
    if (!who.ok) return who;
    const may = admission.mayAsk(who.value, access);
    return may.ok ? who : this.#told(ask, access, who.value, ask.req.param("run") ?? "", may);
  }

  #on(name: RouteName, answer: (ask: Ask) => Answered): void {
    const { app, observer } = this.#options;
    const route = ROUTES[name];
    app.on(route.method, route.getRoutingPath(), async (ask) => {
      const answered = await answer(ask);
      if (answered.ok) return answered.value;
      observer.refused(answered.error.code);
      return problem(ask, answered.error);
    });
  }

  /** Writes down who did what, or could not. */
  #told<T extends Result<unknown, Refusal>>(
    ask: Ask,
    { does }: Access,
    who: Who,
    run: string,
    done: T,
    noted: Fields = {},
  ): T {
    if (does === undefined) return done;
    const { log } = this.#options;
    const { principal, role } = who;
    const from = ask.env.incoming.socket.remoteAddress ?? "the coordinator's socket";
    const named = run === "" ? undefined : run.slice(0, 100);
    const fields = { ...defined({ run: named, principal }), role, from, ...noted };
    if (done.ok) {
      // A run that was handed over is told of where it is carried.
      if (named !== undefined) log.info(`asked to ${does} a run`, fields);
    } else if (this.#refusals.next(performance.now()).tell)
      log.warn(`asked to ${does} a run, and it was not done`, { ...fields, why: done.error.code });
    return done;
  }
}
