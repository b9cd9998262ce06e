/** The right to carry a run where others may take it over: whoever has a newer epoch has it. */
export interface Ownership {
  /** From 1; one more with each owner. */
  readonly epoch: number;
  /**
   * Until when nobody else can have it, milliseconds since the epoch by this box's clock; it moves on as the lease is
   * renewed. Nothing is submitted later, and nothing starts later but what a newer one was announced for.
   */
  heldUntilMs(): number;
  /** Until when something may start, where that is limited; what only ends tasks, or asks how they ended, needs no such leave. */
  startsUntilMs?(): number;
}
