/** What an operator should know of a plan before it runs; a warning asks for a look before the first host. */
export interface PlanNote {
  readonly kind:
    | "jobLeftOut"
    | "slotLeftOut"
    | "hostsLeftOut"
    | "successLowered"
    | "selectionUnused"
    | "noEffect"
    | "allAtOnce"
    | "hostInTwoJobs"
    | "mayHaveFailedBefore"
    | "gateAtOwnHost"
    | "sameAddress"
    | "atOnceDiffers"
    | "decidesPrograms"
    | "oldName"
    | "inventory";
  readonly warning: boolean;
  readonly message: string;
  /** The job that it is about. */
  readonly job?: string;
}
