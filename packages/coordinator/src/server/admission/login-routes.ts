import { succeed, type Result } from "@roadrunner/core";
import { loginSchema } from "@roadrunner/engine/api";
import { refuse, type Refusal } from "../../carry/refusal.ts";
import { isLoggedIn, tooMany, type Ask, type Entrance } from "./admission.ts";
import { readJson, STRANGERS_BODY } from "../read-body.ts";
import type { Routing } from "./routing.ts";

/** How somebody logs in and out, over the network. @param entrance absent: it listens on its owner's socket */
export function addLoginRoutes(routing: Routing, entrance: Entrance | undefined): void {
  /** Before anything is read, or looked for. */
  const mayAsk = ({ env }: Ask): Result<Entrance, Refusal> => {
    if (entrance === undefined) return nobodyLogsIn();
    const waitMs = entrance.doors.waitToLogin(env.incoming.socket);
    return waitMs === 0 ? succeed(entrance) : tooMany(waitMs, "this address asks for too many logins");
  };

  routing.open("challenge", async (ask) => {
    const may = mayAsk(ask);
    if (!may.ok) return may;
    const made = await may.value.logins.challenge();
    return made.ok ? succeed(unkept(ask.json(made.value))) : made;
  });

  routing.open("login", async (ask) => {
    const may = mayAsk(ask);
    if (!may.ok) return may;
    const login = await readJson(ask, loginSchema, STRANGERS_BODY);
    if (!login.ok) return login;
    const from = ask.env.incoming.socket.remoteAddress ?? "";
    const done = await may.value.logins.login(login.value, from);
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
