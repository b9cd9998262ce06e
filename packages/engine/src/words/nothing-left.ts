import type { NothingLeft } from "../resume/go-on.ts";

/** Why a run is not gone on with, and what to do instead; lines are parted by newlines. */
export function nothingLeft(run: string, left: NothingLeft): string {
  switch (left.type) {
    case "succeeded":
      return (
        `run ${run} has succeeded; there is nothing to go on with\n` +
        `rr-submit report ${run} shows it; its flow is run anew by rr-submit FLOW, on hosts that had failed alone with --limit @failed:${run}`
      );
    case "failed":
      return (
        `run ${run} has failed: ${left.reason ?? ""}\n` +
        `rr-submit resume ${run} --retry failed,unreachable takes the hosts with these outcomes again and goes on from there`
      );
    case "noHost":
      return (
        `run ${run}: no host of the slot that failed ended ${left.outcomes.join(" or ")}\n` +
        `rr-submit report ${run} shows how they ended: name those outcomes with --retry`
      );
  }
}
