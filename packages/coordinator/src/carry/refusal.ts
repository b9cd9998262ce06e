import { defined, fail, type Result } from "@roadrunner/core";
import type { Problem } from "@roadrunner/engine/api";
import type { StoreFault } from "../store/store.ts";

/** Why something that was asked is not done, for whoever asked. */
export interface Refusal {
  readonly code: Problem["code"];
  /** What went wrong and what to do next; lines are parted by newlines. */
  readonly detail: string;
  /** Seconds after which it may be asked again. */
  readonly retryAfter?: number;
}

export function refuse(code: Refusal["code"], detail: string, retryAfter?: number): Result<never, Refusal> {
  return fail({ code, detail, ...defined({ retryAfter }) });
}

export function ofStore({ reason }: StoreFault): Result<never, Refusal> {
  return refuse("storeFault", reason);
}
