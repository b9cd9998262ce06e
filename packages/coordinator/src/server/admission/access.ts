import type { Role } from "@roadrunner/engine/api";
import type { ROUTES } from "../described/routes.ts";

export type RouteName = keyof typeof ROUTES;

/** Who may ask for a route. */
export interface Access {
  /** The weakest role that may; `nobody`: no login is needed. */
  readonly needs: Role | "nobody";
  /** It is about the run of its path. With `own`, whoever has no more than that asks for his own runs alone. */
  readonly about?: "run";
  /** What it does to a run, as in "may stop run …"; absent: it changes nothing. */
  readonly does?: string;
}

/** Of every route: one that is not here cannot be built. */
export const ACCESS = {
  handOver: { needs: "own", does: "hand over" },
  list: { needs: "view" },
  one: { needs: "view", about: "run" },
  events: { needs: "view", about: "run" },
  tasks: { needs: "view", about: "run" },
  output: { needs: "view", about: "run" },
  stop: { needs: "own", about: "run", does: "stop" },
  kill: { needs: "own", about: "run", does: "kill" },
  confirm: { needs: "own", about: "run", does: "answer for" },
  resume: { needs: "own", about: "run", does: "go on with" },
  sign: { needs: "own", about: "run", does: "sign the plan of" },
  signed: { needs: "view", about: "run" },
  carriers: { needs: "view" },
  workers: { needs: "view" },
  health: { needs: "nobody" },
  description: { needs: "nobody" },
  challenge: { needs: "nobody" },
  login: { needs: "nobody" },
  who: { needs: "view" },
  logout: { needs: "view" },
} as const satisfies Readonly<Record<RouteName, Access>>;

/** Routes that are about one run. */
export type RunRoute = {
  [Name in RouteName]: (typeof ACCESS)[Name] extends { readonly about: "run" } ? Name : never;
}[RouteName];
