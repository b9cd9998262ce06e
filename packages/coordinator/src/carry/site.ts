import type { ServerAddress } from "@roadrunner/core/gearman";
import type { Log } from "@roadrunner/core/service";
import type { PoolKey } from "@roadrunner/core/signing";
import type { KeyOptions, SigningAgent } from "@roadrunner/engine";
import type { By } from "@roadrunner/engine/api";
import type { Store } from "../store/store.ts";
import type { Gate } from "./gate.ts";

/** What is told of carrying runs, to be counted. */
export interface CarryObserver {
  /** Events that were written together. */
  appended(events: number): void;
  /** A run that another had carried, or nobody, is carried here from now on. */
  epochTaken(): void;
  leaseLost(): void;
}

/** What all runs of this coordinator are carried with. */
export interface CarrySite {
  readonly store: Store;
  readonly servers: readonly ServerAddress[];
  readonly keys: KeyOptions;
  readonly agent: SigningAgent;
  /** Of the key that it signs with, `SHA256:…`; absent: it signs nothing. */
  readonly carrier?: string | undefined;
  /** The first one seals secrets in the store; none: flows with secrets are not taken. */
  readonly poolKeys: readonly PoolKey[];
  /** This coordinator, as it stands in the events of runs that it takes over. */
  readonly by: By;
  /** Pasts of runs are read through it: each is held as a whole until the run goes on. */
  readonly loading: Gate;
  readonly log: Log;
  readonly observer: CarryObserver;
}
