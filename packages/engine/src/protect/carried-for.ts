import type { GateRef, TaskRef } from "@roadrunner/core";
import type { Planned } from "@roadrunner/core/signing";

/** A run that is carried for an operator who has signed its plan: what goes to workers shows that it is in there. */
export interface CarriedFor {
  /** As people read who signed. */
  readonly signedBy: string;
  /** @param subject absent: a control message */
  planned(subject?: TaskRef | GateRef): Planned;
  /** Tells in time that nothing more starts by what was signed, and when that is so; ends with what it gives. */
  watch(onWarning: (text: string) => void): () => void;
}
