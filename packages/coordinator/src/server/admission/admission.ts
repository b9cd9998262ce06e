import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import { defined, succeed, type Result } from "@roadrunner/core";
import { refuse, type Refusal } from "../../carry/refusal.ts";
import type { Doors } from "../../doors/doors.ts";
import type { LoggedInWho, Logins, Who } from "../../login/logins.ts";
import { roleFault, runFault } from "../../login/permission.ts";
import { tokenIn } from "../../login/token.ts";
import type { KnownRun, Store } from "../../store/store.ts";
import type { Access } from "./access.ts";
import { findRun } from "../known-run.ts";

export type Ask = Context<{ Bindings: HttpBindings }>;

/** How whoever asks came here: by a socket that is its owner's alone, or over the network, where he logs in. */
export interface Entrance {
  readonly logins: Logins;
  readonly doors: Doors;
}

const OWNER: Who = { role: "all" };

/** Says who may ask for what, in one place, and before anything else of a request is read. */
export class Admission {
  readonly #store: Store;
  readonly #entrance: Entrance | undefined;

  /** @param entrance absent: the socket */
  constructor(store: Store, entrance: Entrance | undefined) {
    this.#store = store;
    this.#entrance = entrance;
  }

  /** Who asks; undefined: he is not logged in, and does not say that he is. */
  async who({ env, req }: Ask): Promise<Result<Who | undefined, Refusal>> {
    if (this.#entrance === undefined) return succeed(OWNER);
    const { logins, doors } = this.#entrance;
    const { socket } = env.incoming;
    const header = req.header("authorization");
    if (header === undefined) return succeed(undefined);
    const waitMs = doors.waitForToken(socket);
    if (waitMs > 0) return tooMany(waitMs, "this address has sent too many tokens that are none");
    const token = tokenIn(header);
    const who = token === undefined ? noToken() : await logins.who(token);
    if (!who.ok) {
      if (who.error.code === "notLoggedIn") doors.sentWrongToken(socket);
      return who;
    }
    if (!doors.recognise(socket, who.value.principal))
      return tooMany(1000, "too many connections are open to this coordinator: end some of yours");
    return who;
  }

  /** Whether somebody who is not logged in may ask for anything now. */
  mayAskFreely({ env }: Ask): Result<void, Refusal> {
    const waitMs = this.#entrance?.doors.waitToAsk(env.incoming.socket) ?? 0;
    return waitMs === 0 ? succeed(undefined) : tooMany(waitMs, "this address asks too often without a login");
  }

  /** Who asks, where nobody may who is not logged in. */
  async loggedIn(ask: Ask): Promise<Result<Who, Refusal>> {
    const who = await this.who(ask);
    if (!who.ok) return who;
    if (who.value !== undefined) return succeed(who.value);
    const may = this.mayAskFreely(ask);
    return may.ok
      ? refuse("notLoggedIn", "this needs a login: send its token as authorization: Bearer rrt_…")
      : may;
  }

  /** Whether somebody's role does for this. */
  mayAsk(who: Who, { needs, does }: Access): Result<void, Refusal> {
    const fault = needs === "nobody" ? undefined : roleFault(who, { needs, ...defined({ does }) });
    return fault === undefined ? succeed(undefined) : refuse("notAllowed", fault);
  }

  /** The run that the path names, if whoever asks may do this with it. */
  async admitToRun(ask: Ask, { needs, does }: Access, who: Who): Promise<Result<KnownRun, Refusal>> {
    const known = await findRun(this.#store, ask.req.param("run") ?? "", who.principal);
    if (!known.ok || needs === "nobody") return known;
    const fault = runFault(who, { needs, ...defined({ does }) }, known.value);
    return fault === undefined ? known : refuse("notAllowed", fault);
  }

  /** Whether somebody who was let in would be let in still; the store may be away for a while. */
  async holds(who: Who): Promise<boolean> {
    if (this.#entrance === undefined || !isLoggedIn(who)) return true;
    const { logins } = this.#entrance;
    if (who.expiresMs <= Date.now() || logins.reasons().length > 0) return false;
    const again = await logins.again(who.digest);
    return again.ok || again.error.code === "storeFault";
  }
}

export function isLoggedIn(who: Who | undefined): who is LoggedInWho {
  return who?.principal !== undefined;
}

function tooMany(waitMs: number, why: string): Result<never, Refusal> {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return refuse("tooMany", `${why}; try again in ${seconds} s`, seconds);
}

function noToken(): Result<never, Refusal> {
  return refuse("notLoggedIn", "the authorization header has no token of a coordinator: log in again");
}
