/** The client's clock for run events: milliseconds since the epoch that never go back. */
export class EventClock {
  #last = 0;

  /** `wallMs` is what the system says; a step backwards is held at the last value. */
  at(wallMs: number): number {
    this.#last = Math.max(this.#last, Math.floor(wallMs));
    return this.#last;
  }
}
