import type { GateRef, TaskRef } from "@roadrunner/core";
import type { Planned } from "@roadrunner/core/signing";

/** A run that is carried for an operator who has signed its plan: what goes to workers shows that it is in there. */
export interface CarriedFor {
  /** As people read who signed. */
  readonly signedBy: string;
  /**
   * Whose signed plans there are: the one that counts now comes first, then those before it, newest first. Workers let nobody
   * ask about, or end, what was begun by another one's word.
   */
  readonly operators: readonly string[];
  /**
   * @param subject absent: a control message
   * @param operator by whose word; absent: by the one that counts now
   */
  planned(subject?: TaskRef | GateRef, operator?: string): Planned;
  /** Whether nothing starts any more by what this one signed. */
  isOver(operator: string | undefined): boolean;
  /** Tells in time that nothing more starts by what was signed, and when that is so; ends with what it gives. */
  watch(onWarning: (text: string) => void): () => void;
}
