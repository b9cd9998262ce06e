import { foldHosts } from "@roadrunner/core";

/** How long hosts are gathered before they are told of. */
const GATHER_MS = 2000;

/** Says once for each reason which hosts there are that have it. */
export class ToldHosts {
  readonly #tell: (reason: string, hosts: string) => void;
  readonly #gathered = new Map<string, Set<string>>();
  readonly #told = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (reason: string, hosts: string) => void) {
    this.#tell = tell;
  }

  note(reason: string, host: string): void {
    if (this.#told.has(reason)) return;
    const hosts = this.#gathered.get(reason) ?? new Set();
    hosts.add(host);
    this.#gathered.set(reason, hosts);
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [reason, hosts] of this.#gathered) {
      this.#told.add(reason);
      this.#tell(reason, foldHosts([...hosts]));
    }
    this.#gathered.clear();
  }
}
