/** What was heard of one worker process. */
export interface WorkerWord {
  /** Its last end was one that it took the blame for. */
  blamesItself: boolean;
  /** Its tasks in mode `started`. */
  running: number;
  warned: boolean;
}

/** What was heard of the workers. A worker that gave no name counts as one worker, named "". */
export interface Workers {
  readonly byName: Map<string, WorkerWord>;
  /** Ends that no worker took the blame for. */
  goodWords: number;
  /** When the first worker blamed itself since the last good word. */
  blamingSince: number | undefined;
}

export function noWorkers(): Workers {
  return { byName: new Map(), goodWords: 0, blamingSince: undefined };
}
