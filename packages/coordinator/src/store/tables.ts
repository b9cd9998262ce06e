import type { Generated } from "kysely";

/** The tables as the newest version has them. Times are milliseconds since the epoch, by the store's clock. */
export interface Tables {
  runs: RunTable;
  events: EventTable;
  outputs: OutputTable;
  words: WordTable;
  tokens: TokenTable;
  challenges: ChallengeTable;
  challenge_key: ChallengeKeyTable;
  carriers: CarrierTable;
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
  /** Who handed it over, by his login; null: whoever owns the socket. */
  principal: string | null;
  /** JSON of the text about its plan that an operator signed. */
  signed: string | null;
  /** JSON of a list of such texts: what others had signed of it before, the newest first; null: nobody had. */
  signed_before: string | null;
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
  said_by: string | null;
  said_ms: number;
  answer: string | null;
  done: Bit | null;
}

/** Logins; without what was given for them. */
export interface TokenTable {
  /** SHA-256 of the token, hex. */
  digest: string;
  principal: string;
  /** Public blob of the key or certificate, base64. */
  signer: string;
  /** Of a security key, as JSON. */
  touch: string | null;
  expires_ms: number;
}

/** Challenges that somebody logged in with. */
export interface ChallengeTable {
  challenge: string;
  /** When it is over. */
  until_ms: number;
}

/** One row, by which coordinators of this store know the challenges that they gave. */
export interface ChallengeKeyTable {
  id: number;
  /** Base64. */
  key: string;
}

/** Keys of coordinators. */
export interface CarrierTable {
  fingerprint: string;
  announced_ms: number;
}
