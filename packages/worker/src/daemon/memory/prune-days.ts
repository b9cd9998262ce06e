/** More hosts than one worker sees in a day; beyond, the other workers and the next days prune. */
const MAX_DIRECTORIES = 100_000;
const DAY_MS = 86_400_000;

/** A directory of records on a host, as far as a worker can name it: it is the running user's own. */
export interface RecordOwner {
  readonly host: string;
  readonly login: string | undefined;
  readonly become: true | string | undefined;
}

/**
 * Where this worker has old records removed today: once for each host and user, since each user of a host
 * has a directory of records. What was noted on another day is forgotten.
 */
export class PruneDays {
  readonly #max: number;
  readonly #pruned = new Set<string>();
  #day = NaN;

  constructor(max = MAX_DIRECTORIES) {
    this.#max = max;
  }

  /** True for a directory's first task of a day (UTC), which is thereby noted. */
  isFirst({ host, login, become }: RecordOwner, nowMs: number): boolean {
    const day = Math.floor(nowMs / DAY_MS);
    if (day !== this.#day) this.#pruned.clear();
    this.#day = day;
    const key = JSON.stringify([host, become === undefined ? (login ?? null) : [become]]);
    if (this.#pruned.has(key) || this.#pruned.size >= this.#max) return false;
    this.#pruned.add(key);
    return true;
  }
}
