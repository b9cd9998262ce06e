/**
 * What `churn` takes of two cores at rest, in milliseconds of processor time: the box that the promises on processor
 * time are made for. Others on its cores and in its caches make it some two times that.
 */
const USUAL_MS = 300;

const ENTRIES = 50_000;
const ROUNDS = 8;

/** Once before the first measurement, since the first round is compiled meanwhile. */
let isWarm = false;

/**
 * How many times slower this box is just now than a usual one at rest, in processor time, for work on maps and many
 * small objects; at least 1. Takes some 0.3 s. A bound on processor time is multiplied with it: so a promise is held
 * to the letter where the box is quiet, and in proportion where it is not.
 */
function slowness(): number {
  if (!isWarm) churn();
  isWarm = true;
  return Math.max(1, cpuMsOf(churn).cpuMs / USUAL_MS);
}

/**
 * An action's milliseconds of processor time, where that is below `enough`; else on a usual box at rest: what it took
 * when done again, divided by the slowness just before it and after it. The least of three.
 */
export function usualCpuMs<T>(
  action: () => T,
  enough: number,
): { readonly value: T; readonly cpuMs: number } {
  let least = cpuMsOf(action);
  for (let more = 0; more < 2 && least.cpuMs >= enough; more += 1) {
    const before = slowness();
    const { value, cpuMs } = cpuMsOf(action);
    const usual = (2 * cpuMs) / (before + slowness());
    if (usual < least.cpuMs) least = { value, cpuMs: usual };
  }
  return least;
}

function cpuMsOf<T>(action: () => T): { readonly value: T; readonly cpuMs: number } {
  const before = process.cpuUsage();
  const value = action();
  const { user, system } = process.cpuUsage(before);
  return { value, cpuMs: (user + system) / 1000 };
}

interface Entry {
  readonly name: string;
  readonly at: number;
  readonly before: Entry | undefined;
}

/** Objects in maps, some of which stay for a while, and a heap: as the engine does it for many hosts. */
function churn(): number {
  let kept = new Map<string, Entry>();
  let sum = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = new Map<string, Entry>();
    const heap: number[] = [];
    for (let index = 0; index < ENTRIES; index += 1) {
      const name = `h${index}`;
      const at = (index * 7919) % ENTRIES;
      next.set(name, { name, at, before: round % 2 === 0 ? undefined : kept.get(name) });
      push(heap, at);
    }
    while (heap.length > 0) sum += pop(heap);
    kept = next;
  }
  return sum + kept.size;
}

function push(heap: number[], value: number): void {
  let at = heap.length;
  heap.push(value);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const other = heap[above] ?? 0;
    if (other <= value) break;
    heap[at] = other;
    at = above;
  }
  heap[at] = value;
}

function pop(heap: number[]): number {
  const [least = 0] = heap;
  const last = heap.pop() ?? 0;
  if (heap.length === 0) return least;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= heap.length) break;
    if ((heap[below + 1] ?? Infinity) < (heap[below] ?? 0)) below += 1;
    if ((heap[below] ?? 0) >= last) break;
    heap[at] = heap[below] ?? 0;
    at = below;
  }
  heap[at] = last;
  return least;
}
