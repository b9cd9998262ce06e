import { isSettingOut, type AtHost, type TaskState } from "./task-state.ts";

/** The hosts at which stages of others run, who is there, and who waits for a place. */
export class AtHosts {
  readonly #hosts: ReadonlyMap<string, AtHost>;
  /** Where a place may have become free for one who waits. */
  readonly #changed = new Set<AtHost>();

  /** @param places of each, by name */
  constructor(places: ReadonlyMap<string, number> = new Map()) {
    this.#hosts = new Map(Array.from(places, ([name, count]) => [name, newHost(name, count)]));
  }

  of(name: string | undefined): AtHost | undefined {
    return name === undefined ? undefined : this.#hosts.get(name);
  }

  /** Takes down that a task is in another mode now. */
  moved(task: TaskState): void {
    if (task.at === undefined) return;
    if (task.mode === "queued") {
      this.left(task);
      lineOf(task, task.at).add(task);
    } else if (task.mode === "retrying") {
      this.left(task);
    } else {
      lineOf(task, task.at).delete(task);
      task.at.there.add(task);
    }
  }

  /** Nothing of the task is there any more, nor waits to be. */
  left(task: TaskState): void {
    if (task.at === undefined) return;
    task.at.there.delete(task);
    lineOf(task, task.at).delete(task);
    this.#changed.add(task.at);
  }

  /** Who waits may go now, though no place has become free. */
  look(): void {
    for (const host of this.#hosts.values()) this.#changed.add(host);
  }

  /**
   * The next one who waits and for whom there is a place.
   * @param maySetOut of one who has not begun his way: whether he may now
   */
  next(maySetOut: (task: TaskState) => boolean): TaskState | undefined {
    for (const host of this.#changed) {
      if (host.there.size < host.places) {
        for (const task of host.queue.onTheirWay) return task;
        for (const task of host.queue.settingOut) if (maySetOut(task)) return task;
      }
      this.#changed.delete(host);
    }
    return undefined;
  }
}

function newHost(name: string, places: number): AtHost {
  return { name, places, there: new Set(), queue: { onTheirWay: new Set(), settingOut: new Set() } };
}

function lineOf(task: TaskState, { queue }: AtHost): Set<TaskState> {
  return isSettingOut(task) ? queue.settingOut : queue.onTheirWay;
}
