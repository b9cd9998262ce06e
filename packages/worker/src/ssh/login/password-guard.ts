/** So many hosts in a row that refuse the password: it is wrong, and more tries lock accounts. */
const MAX_REFUSED_HOSTS = 5;
const HELD_BACK_MS = 60_000;

/** Holds the password back for a minute after five hosts in a row have refused it. */
export class PasswordGuard {
  readonly #refusedBy = new Set<string>();
  #heldUntilMs = Number.NEGATIVE_INFINITY;

  mayUse(nowMs: number): boolean {
    return nowMs >= this.#heldUntilMs;
  }

  accepted(): void {
    this.#refusedBy.clear();
  }

  refused(host: string, nowMs: number): void {
    this.#refusedBy.add(host);
    if (this.#refusedBy.size < MAX_REFUSED_HOSTS) return;
    this.#refusedBy.clear();
    this.#heldUntilMs = nowMs + HELD_BACK_MS;
  }
}
