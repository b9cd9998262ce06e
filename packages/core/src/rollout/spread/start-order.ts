import { Heap } from "../heap.ts";
import { isFull, type Combination, type Value, type ValuePlaces } from "./value-places.ts";

/** Hosts of one combination of values, in start order. */
interface Line {
  readonly combination: Combination;
  /** Positions in the job's hosts, in order. */
  readonly positions: number[];
  /** How many of them have been taken. */
  taken: number;
}

/**
 * Gives the hosts of a job (or of one step) in start order, but for those whose values are full: they are jumped over
 * and come as soon as they fit. A line that does not fit waits at a value that is full, and is looked at again when that
 * value has a place: so a start costs the same, however many hosts and values there are.
 *
 * What holds at any time: where a value has a place and lines wait at it, a line of it that comes before them stands
 * in `#ready`. So the first line there that fits is the first of all that do.
 */
export class StartOrder {
  readonly #places: ValuePlaces;
  readonly #hosts: Uint32Array;
  readonly #ready = new Heap<Line>(isBefore);
  readonly #waiting = new Map<Value, Heap<Line>>();
  readonly #lines = new Map<Combination, Line>();

  /** Of the positions from `from` up to but not including `to`. */
  constructor(places: ValuePlaces, hosts: Uint32Array, from: number, to: number) {
    this.#places = places;
    this.#hosts = hosts;
    for (let position = from; position < to; position++) {
      const combination = places.of(hosts[position] ?? -1);
      const line = this.#lines.get(combination);
      if (line === undefined) this.#lines.set(combination, { combination, positions: [position], taken: 0 });
      else line.positions.push(position);
    }
    for (const line of this.#lines.values()) this.#ready.add(line);
  }

  /** Takes the first host that fits, and its places; undefined: none fits now. */
  takeNext(): number | undefined {
    const line = this.#firstThatFits();
    if (line === undefined) return undefined;
    this.#ready.takeFirst();
    const host = this.#hosts[headOf(line)];
    line.taken += 1;
    if (host !== undefined) this.#places.take(host);
    if (line.taken < line.positions.length) this.#ready.add(line);
    this.#wake(line.combination);
    return host;
  }

  /** Stays at the head of `#ready`. */
  #firstThatFits(): Line | undefined {
    for (let line = this.#ready.first(); line !== undefined; line = this.#ready.first()) {
      const full = line.combination.find(isFull);
      if (full === undefined) return line;
      this.#ready.takeFirst();
      this.#waitAt(full, line);
      this.#wake(line.combination);
    }
    return undefined;
  }

  /** A place of this host's values was given back. */
  gotPlace(host: number): void {
    this.#wake(this.#places.of(host));
  }

  /** When hosts are left and none fits: the values that they wait for, that of the first of them first. */
  whyNone(): readonly Value[] {
    if (this.#firstThatFits() !== undefined) return [];
    return [...new Set(this.rest().flatMap((host) => this.#places.of(host).find(isFull) ?? []))];
  }

  /** All that are left, in order. */
  rest(): number[] {
    const left = [...this.#lines.values()].flatMap(({ positions, taken }) => positions.slice(taken));
    return left.toSorted((a, b) => a - b).flatMap((position) => this.#hosts[position] ?? []);
  }

  #waitAt(value: Value, line: Line): void {
    const heap = this.#waiting.get(value) ?? new Heap<Line>(isBefore);
    heap.add(line);
    this.#waiting.set(value, heap);
  }

  #wake(values: Combination): void {
    for (const value of values) {
      if (isFull(value)) continue;
      const line = this.#waiting.get(value)?.takeFirst();
      if (line !== undefined) this.#ready.add(line);
    }
  }
}

function headOf({ positions, taken }: Line): number {
  return positions[taken] ?? Infinity;
}

function isBefore(one: Line, other: Line): boolean {
  return headOf(one) < headOf(other);
}
