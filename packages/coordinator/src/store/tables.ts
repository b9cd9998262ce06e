import type { Generated } from "kysely";

/** The tables as the newest version has them. Times are milliseconds since the epoch, by the store's clock. */
export interface Tables {
  runs: RunTable;
  events: EventTable;
  outputs: OutputTable;
  words: WordTable;
}

export type Bit = 0 | 1;

export interface RunTable {
  run: string;
  flow: string;
  handed_by: string;
  concurrent: Bit;
  /** The coordinator that took it last; null where it let it go. */
  owner: string | null;
  epoch: number;
  lease_until_ms: number;
  /** The number of its last event. */
  events: number;
  /** Empty when it has ended. */
  hand_over: string;
  secrets: string | null;
  /** Null: the run is open. */
  verdict: string | null;
  ended_ms: number | null;
  /** A RunRow as JSON. */
  row_json: string | null;
  /** It is being removed, a part at a time. */
  doomed: Bit;
}

export interface EventTable {
  run: string;
  number: number;
  /** JSON, without the output that the other table has. It is text: PostgreSQL's own JSON knows no U+0000. */
  event: string;
  /** Characters of it and of its output. */
  size: number;
  /** Whether the other table has, or had, output of it. */
  has_output: Bit;
}

export interface OutputTable {
  run: string;
  number: number;
  /** JSON of the event's `stdout` and `stderr`. */
  output: string;
  stored_ms: number;
}

export interface WordTable {
  id: Generated<number>;
  run: string;
  kind: string;
  job: string | null;
  said_ms: number;
  answer: string | null;
  done: Bit | null;
}
