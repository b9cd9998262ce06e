import { succeed, type Result } from "@roadrunner/core";
import { loginSchema } from "@roadrunner/engine/api";
import { refuse, type Refusal } from "../../carry/refusal.ts";
import { isLoggedIn, type Entrance } from "./admission.ts";
import { readJson, STRANGERS_BODY } from "../body/read-body.ts";
import type { Routing } from "./routing.ts";

/** How somebody logs in and out, over the network. @param entrance absent: it listens on its owner's socket */
export function addLoginRoutes(routing: Routing, entrance: Entrance | undefined): void {
  routing.open("challenge", async (ask) => {
    if (entrance === undefined) return nobodyLogsIn();
    const made = await entrance.logins.challenge();
    return made.ok ? succeed(unkept(ask.json(made.value))) : made;
  });

  routing.open("login", async (ask) => {
    if (entrance === undefined) return nobodyLogsIn();
    const login = await readJson(ask, loginSchema, STRANGERS_BODY);
    if (!login.ok) return login;
    const from = ask.env.incoming.socket.remoteAddress ?? "";
    const done = await entrance.logins.login(login.value, from);
    return done.ok ? succeed(unkept(ask.json(done.value, 201))) : done;
  });

  routing.on("who", async (ask, who) => {
    if (!isLoggedIn(who)) return nobodyLogsIn();
    const { principal, role, expiresMs } = who;
    return Promise.resolve(
      succeed(unkept(ask.json({ principal, role, expires: new Date(expiresMs).toISOString() }))),
    );
  });

  routing.on("logout", async (ask, who) => {
    if (entrance === undefined || !isLoggedIn(who)) return nobodyLogsIn();
    const out = await entrance.logins.logout(who);
    return out.ok ? succeed(ask.body(null, 204)) : out;
  });
}

function nobodyLogsIn(): Result<never, Refusal> {
  return refuse(
    "notFound",
    "this coordinator is asked through its owner's socket, where nobody logs in; one that listens on HOST:PORT has logins",
  );
}

/** What lies between keeps no copy. */
function unkept(response: Response): Response {
  response.headers.set("cache-control", "no-store");
  return response;
}
