/** What is held of a connection. */
export interface Held {
  destroy(): void;
}

export interface ConnectionBounds {
  /** Of those on which nobody has said yet who he is: of one address, and of all. */
  readonly strangersOfAddress: number;
  readonly strangers: number;
  /** Of those on which somebody is logged in: of one principal, and of all. */
  readonly ofPrincipal: number;
  readonly known: number;
  /** So long somebody may stay a stranger. */
  readonly strangerMs: number;
}

interface Stranger {
  readonly address: string;
  readonly held: Held;
  readonly sinceMs: number;
}

/**
 * Open connections. Strangers have a bound of their own, so that they can neither use up memory nor the room of those
 * whom it knows; where there are too many, the oldest of the address goes that has the most.
 */
export class Connections {
  readonly #bounds: ConnectionBounds;
  /** By address, and there by connection, oldest first. */
  readonly #strangers = new Map<string, Map<string, Stranger>>();
  readonly #addresses = new Map<string, string>();
  /** The principal of each. */
  readonly #known = new Map<string, string>();
  readonly #ofPrincipal = new Map<string, number>();

  constructor(bounds: ConnectionBounds) {
    this.#bounds = bounds;
  }

  get strangers(): number {
    return this.#addresses.size;
  }

  get known(): number {
    return this.#known.size;
  }

  /** Somebody comes; another may have to go. @param id no two open connections have the same */
  enter(id: string, address: string, held: Held, nowMs: number): void {
    let own = this.#strangers.get(address);
    if (own === undefined) {
      own = new Map();
      this.#strangers.set(address, own);
    }
    own.set(id, { address, held, sinceMs: nowMs });
    this.#addresses.set(id, address);
    if (own.size > this.#bounds.strangersOfAddress) this.#endOldest(own);
    else if (this.strangers > this.#bounds.strangers) this.#endOldest(this.#largest());
  }

  /** Somebody has said who he is. False: there are too many such connections, of him or of all. */
  recognise(id: string, principal: string): boolean {
    const before = this.#known.get(id);
    if (before === principal) return true;
    const { ofPrincipal, known } = this.#bounds;
    const own = this.#ofPrincipal.get(principal) ?? 0;
    if (own >= ofPrincipal || (before === undefined && this.known >= known)) return false;
    // One that is gone already, or another's whose proxy keeps the connection.
    if (before === undefined && this.#forget(id) === undefined) return true;
    if (before !== undefined) this.leave(id);
    this.#known.set(id, principal);
    this.#ofPrincipal.set(principal, own + 1);
    return true;
  }

  leave(id: string): void {
    this.#forget(id);
    const principal = this.#known.get(id);
    if (principal === undefined) return;
    this.#known.delete(id);
    const left = (this.#ofPrincipal.get(principal) ?? 1) - 1;
    if (left === 0) this.#ofPrincipal.delete(principal);
    else this.#ofPrincipal.set(principal, left);
  }

  /** Ends those who have been strangers for too long. */
  sweep(nowMs: number): void {
    for (const own of this.#strangers.values())
      for (const [id, { sinceMs }] of own) {
        if (nowMs - sinceMs < this.#bounds.strangerMs) break;
        this.#end(id);
      }
  }

  #largest(): ReadonlyMap<string, Stranger> {
    let largest: ReadonlyMap<string, Stranger> = new Map();
    for (const own of this.#strangers.values()) {
      const [first] = own.values();
      const [oldest] = largest.values();
      const isOlder = first !== undefined && oldest !== undefined && first.sinceMs < oldest.sinceMs;
      if (own.size > largest.size || (own.size === largest.size && isOlder)) largest = own;
    }
    return largest;
  }

  #endOldest(own: ReadonlyMap<string, Stranger>): void {
    const [id] = own.keys();
    if (id !== undefined) this.#end(id);
  }

  #end(id: string): void {
    this.#forget(id)?.held.destroy();
  }

  /** A stranger who is none any more. */
  #forget(id: string): Stranger | undefined {
    const address = this.#addresses.get(id);
    const own = address === undefined ? undefined : this.#strangers.get(address);
    const stranger = own?.get(id);
    if (address === undefined || own === undefined || stranger === undefined) return undefined;
    own.delete(id);
    if (own.size === 0) this.#strangers.delete(address);
    this.#addresses.delete(id);
    return stranger;
  }
}
