import type { Result } from "@roadrunner/core";

/** The store cannot do it now (`unavailable`: it may later), or never. The reason says what, where, and what to do. */
export interface StoreFault {
  readonly kind: "unavailable" | "refused";
  readonly reason: string;
}

export type Stored<T> = Promise<Result<T, StoreFault>>;
